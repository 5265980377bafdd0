/** How long to wait before the next try: longer each time, bounded, and by chance, so that thousands do not come back at once. */

/** In milliseconds. */
export const waits = { least: 100, first: 1_000, most: 10_000 } as const;

/** Milliseconds before the try after `failures` failed ones; `random` is from 0 to 1. */
export function waitAfter(failures: number, random: number): number {
  const bound = Math.min(waits.most, waits.first * 2 ** failures);
  return waits.least + random * (bound - waits.least);
}
