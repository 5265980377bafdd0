/** The summary that checks itself: each event exactly once to whom it concerns, and to nobody else. */

import { kinds } from './happenings.ts';
import type { Ledger } from './ledger.ts';
import { chapter, paint, say } from './screen.ts';

const columns = [
  'event',
  'happened',
  'due',
  'received',
  'missing',
  'doubled',
  'astray',
  'median ms',
  'slowest ms',
] as const;

/** Prints it, and answers whether all is as it has to be. */
export function summarize(ledger: Ledger, people: number, seconds: number): boolean {
  const faults = ledger.faults();
  const count = (kind: string, fault: string) =>
    faults.filter((one) => one.kind === kind && one.fault === fault).length;
  const accounts = kinds.map((kind) => ({ kind, ...ledger.account(kind) }));
  const rows = accounts.map(({ kind, events, due, received, times }) => [
    kind,
    ...[events, due, received, count(kind, 'missing'), count(kind, 'doubled'), count(kind, 'astray')].map(String),
    ms(times[Math.floor(times.length / 2)]),
    ms(times.at(-1)),
  ]);

  chapter('What was to be heard, and what was');
  say(paint('dim', line([...columns])));
  rows.forEach((row, number) => {
    const { kind, due, received } = accounts[number]!;
    const good = due === received && faults.every((fault) => fault.kind !== kind);
    say(`${line(row)}  ${good ? paint('green', '✓') : paint('red', '✗')}`);
  });
  say();
  // A kind of event that never happened would be held to nothing.
  const idle = accounts.filter(({ events }) => events === 0).map(({ kind }) => kind);
  for (const { fault, told } of faults.slice(0, 40)) say(` ${paint('red', '✗')} ${fault}: ${told}`);
  for (const kind of idle) say(` ${paint('red', '✗')} no ${kind} happened`);
  if (faults.length > 40) say(`   and ${faults.length - 40} more`);

  const good = faults.length === 0 && idle.length === 0;
  const events = accounts.reduce((sum, one) => sum + one.events, 0);
  const received = accounts.reduce((sum, one) => sum + one.received, 0);
  const windows = `${people} people, ${ledger.windows()} subscriptions, ${seconds.toFixed(1)} s`;
  if (ledger.turnedAway() > 0) {
    say(
      paint('dim', ` ${ledger.turnedAway()} subscriptions to bids that are not open were refused, as they have to be.`),
    );
  }
  if (good) {
    say(
      `${paint(['green', 'bold'], 'As it has to be:')} ${events} events, ${received} deliveries, each exactly once to whom it concerns and to nobody else.`,
    );
    say(paint('dim', windows));
  } else {
    say(
      `${paint(['red', 'bold'], 'Not as it has to be:')} ${faults.length + idle.length} differences, listed above. ${paint('dim', windows)}`,
    );
  }
  return good;
}

const ms = (time: number | undefined): string => (time === undefined ? '–' : time.toFixed(1));
const line = (cells: string[]): string =>
  ` ${cells.map((cell, at) => (at === 0 ? cell.padEnd(21) : cell.padStart(Math.max(columns[at]!.length, 6)))).join('  ')}`;
