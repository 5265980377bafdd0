/** Quiet hours by the clock on the wall: through midnight, on the days when clocks change, and wherever one is. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { earliest, isTimeOfDay, isTimeZone, type QuietHours } from '../../src/domain/quiet-hours.ts';

const hours = (from: string, to: string, timeZone = 'Europe/Berlin'): QuietHours => ({ from, to, timeZone });
const until = (now: string, quiet: QuietHours | null) => earliest(new Date(now), quiet).toISOString();

test.each([
  ['before', '2026-06-01T07:59:59.999Z', hours('10:00', '12:00'), '2026-06-01T07:59:59.999Z'],
  ['at its beginning', '2026-06-01T08:00:00.000Z', hours('10:00', '12:00'), '2026-06-01T10:00:00.000Z'],
  ['within', '2026-06-01T09:12:13.456Z', hours('10:00', '12:00'), '2026-06-01T10:00:00.000Z'],
  ['at its end', '2026-06-01T10:00:00.000Z', hours('10:00', '12:00'), '2026-06-01T10:00:00.000Z'],
  ['before midnight', '2026-06-01T21:00:00.000Z', hours('22:00', '07:00'), '2026-06-02T05:00:00.000Z'],
  ['after midnight', '2026-06-02T00:30:00.000Z', hours('22:00', '07:00'), '2026-06-02T05:00:00.000Z'],
  [
    'by another clock',
    '2026-06-01T18:00:00.000Z',
    hours('22:00', '07:00', 'Asia/Kathmandu'),
    '2026-06-02T01:15:00.000Z',
  ],
  // On 29 March 2026 there is no 02:30 in Berlin, on 25 October it comes twice.
  ['in the night that is shorter', '2026-03-28T23:00:00.000Z', hours('22:00', '07:00'), '2026-03-29T05:00:00.000Z'],
  ['to an hour that is left out', '2026-03-29T00:00:00.000Z', hours('22:00', '02:30'), '2026-03-29T01:00:00.000Z'],
  ['in the night that is longer', '2026-10-24T22:00:00.000Z', hours('22:00', '07:00'), '2026-10-25T06:00:00.000Z'],
  ['to an hour that comes twice', '2026-10-24T23:00:00.000Z', hours('22:00', '02:30'), '2026-10-25T00:30:00.000Z'],
  [
    'in half an hour’s change',
    '2026-10-03T14:00:00.000Z',
    hours('22:00', '02:15', 'Australia/Lord_Howe'),
    '2026-10-03T15:30:00.000Z',
  ],
])('%s', (_, now, quiet, expected) => expect(until(now, quiet)).toBe(expected));

test('without quiet hours it is now', () =>
  expect(until('2026-06-01T09:00:00.000Z', null)).toBe('2026-06-01T09:00:00.000Z'));

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const time = fc.integer({ min: 0, max: 24 * 60 - 1 }).map((all) => {
  const [hour, rest] = [Math.floor(all / 60), all % 60];
  return `${String(hour).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
});

/** By another way than the rule's own. */
function isQuiet(at: number, { from, to, timeZone }: QuietHours): boolean {
  const wall = new Date(at).toLocaleTimeString('de-DE', { timeZone, hour: '2-digit', minute: '2-digit' });
  return from < to ? from <= wall && wall < to : from <= wall || wall < to;
}

test('it is never quiet when it may go out, and quiet all the while before', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2028-01-01') }),
      time,
      time,
      fc.constantFrom(...zones),
      (now, from, to, timeZone) => {
        fc.pre(from !== to);
        const quiet = { from, to, timeZone };
        const found = earliest(new Date(now), quiet).getTime();
        expect(found).toBeGreaterThanOrEqual(now);
        expect(isQuiet(found, quiet)).toBe(false);
        for (let at = now; at < found; at += 7 * 60_000) expect(isQuiet(at, quiet)).toBe(true);
        if (found > now) expect(isQuiet(found - 1, quiet)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('it ends within a day and an hour, whatever the clocks do', () => {
  const quiet = hours('00:01', '00:00', 'Europe/Berlin');
  for (const now of ['2026-03-28T23:01:00Z', '2026-10-24T22:01:00Z']) {
    const wait = earliest(new Date(now), quiet).getTime() - Date.parse(now);
    expect(wait).toBeLessThanOrEqual(25 * 3_600_000);
  }
});

test.each([
  ['00:00', true],
  ['23:59', true],
  ['24:00', false],
  ['7:00', false],
  ['07:60', false],
  ['07:00:00', false],
  ['', false],
])('%s is a time of day: %s', (text, is) => expect(isTimeOfDay(text)).toBe(is));

test.each([
  ['Europe/Berlin', true],
  ['Asia/Calcutta', true],
  ['UTC', true],
  ['+02:00', false],
  ['Mars/Olympus', false],
  ['', false],
])('%s is a time zone: %s', (name, is) => expect(isTimeZone(name)).toBe(is));
