/** A market in full swing, faults at random, and at the end the comparison of what was promised with what came. */

import { type Counts, check, faultless, inWords, readEvents } from './checker.ts';
import { rest } from './cluster.ts';
import { type FaultName, faults } from './faults.ts';
import { medianOf, mostToLevel, timeToLevel } from './level.ts';
import type { Stage } from './stage.ts';

export type Plan = Record<FaultName, number>;

export type Outcome = {
  counts: Counts;
  /** Milliseconds to level, by kind of fault. */
  levels: Map<FaultName, number[]>;
  happened: Map<FaultName, number>;
  bidsPerSecond: number;
  refused: string[];
  readers: number;
  comebacks: number;
  /** What it must not be; empty if all is well. */
  problems: string[];
};

/** What one go of this kind is expected to be: cuts come many at once. */
const atOnce = (name: FaultName): number => (name === 'connection cut' ? 20 : 1);

/** Each kind as often as planned, one after the other in an order of `random`; no new one begins after `limit` milliseconds. */
export async function runFaults(
  stage: Stage,
  options: {
    plan: Plan;
    rate: number;
    limit: number;
    /** Milliseconds to level that are not too many. */
    most?: number;
    say?: (line: string) => void;
  },
): Promise<Outcome> {
  const { plan, rate, limit, most = mostToLevel, say = () => {} } = options;
  const { random, readers, cluster } = stage;
  const levels = new Map<FaultName, number[]>();
  const happened = new Map<FaultName, number>();
  const names = Object.keys(plan) as FaultName[];
  /** Each kind as often as it is still to come, so that they mix to the end. */
  const left = (): FaultName[] =>
    names.flatMap((name) => {
      const goes = Math.ceil((plan[name] - (happened.get(name) ?? 0)) / atOnce(name));
      return Array.from({ length: Math.max(0, goes) }, () => name);
    });

  const from = performance.now();
  const writers = stage.write(rate);
  await rest(500);
  for (let open = left(); open.length > 0 && performance.now() - from < limit; open = left()) {
    const name = open[Math.floor(random() * open.length)] as FaultName;
    const took = levels.get(name) ?? [];
    levels.set(name, took);
    const level = async (ended: number, on = readers): Promise<void> => {
      const time = await timeToLevel(cluster.sql(), on, ended, say);
      if (time > most) say(`${name}: level only after ${time} ms`);
      took.push(time);
    };
    const began = performance.now();
    const before = took.length;
    const times = await faults[name]({ stage, writers, level });
    happened.set(name, (happened.get(name) ?? 0) + times);
    say(
      `${((began - from) / 1000).toFixed(1).padStart(6)} s  ${name}${times === 1 ? '' : ` × ${times}`}: ` +
        `level after ${took.slice(before).join(', ')} ms, ${Math.round(performance.now() - began)} ms in all`,
    );
    await rest(random() * 200);
  }
  const seconds = (performance.now() - from) / 1000;
  const bidsPerSecond = writers.bids() / seconds;
  await writers.stop();
  await timeToLevel(cluster.sql(), readers, performance.now());

  const events = await readEvents(cluster.sql());
  const counts = check({ events, heads: stage.heads, readers, acknowledged: writers.acknowledged });
  const slow = [...levels].flatMap(([name, times]) =>
    times.filter((ms) => ms > most).map((ms) => `${name}: ${ms} ms to level`),
  );
  const problems = [
    ...(faultless(counts) && counts.repeated === 0
      ? []
      : [inWords(counts), ...new Set(readers.flatMap(({ wrong }) => wrong))]),
    ...slow,
    ...new Set(writers.refused),
    ...cluster.processes.flatMap((each) => each.crashes()),
    ...(readers.some(({ expired }) => expired > 0)
      ? ['A reader was told CURSOR_EXPIRED of a history that stands.']
      : []),
    ...[...new Set(left())].map((name) => `${name}: only ${happened.get(name) ?? 0} of ${plan[name]} in time`),
  ];
  const comebacks = readers.reduce((sum, reader) => sum + reader.comebacks, 0);
  return {
    counts,
    levels,
    happened,
    bidsPerSecond,
    refused: writers.refused,
    readers: readers.length,
    comebacks,
    problems,
  };
}

export function tell(outcome: Outcome, say: (line: string) => void): void {
  const { levels, happened, counts, bidsPerSecond, readers, comebacks } = outcome;
  say(`${readers} readers came back ${comebacks} times; ${bidsPerSecond.toFixed(0)} bids a second were taken`);
  say('how often, and how long to level (ms): median, worst');
  for (const [name, times] of levels) {
    const figures = [happened.get(name) ?? 0, medianOf(times), Math.max(...times)].map((n) => String(n).padStart(7));
    say(`  ${name.padEnd(30)}${figures.join('')}`);
  }
  say(inWords(counts));
}
