/** How long to wait before something that failed is tried again. */

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Milliseconds: after the first failure, the second … Nearly a day in all, then it is given up. */
export const pauses: readonly number[] = [
  5 * second,
  15 * second,
  minute,
  3 * minute,
  8 * minute,
  20 * minute,
  45 * minute,
  90 * minute,
  3 * hour,
  4 * hour,
  6 * hour,
  8 * hour,
];

/** After so many attempts, give or take a tenth, lest all that failed together comes again together; null: give it up. */
export function pauseAfter(attempts: number, random: number, schedule: readonly number[] = pauses): number | null {
  const pause = schedule[attempts - 1];
  return pause === undefined ? null : Math.round(pause * (0.9 + random / 5));
}
