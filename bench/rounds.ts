/** Runs what is compared in turn, A B C A B C …: what the machine does meanwhile hits all alike. */

import type { Measurement } from './scenario.ts';

/** One figure of one run. */
export type Reading = Omit<Measurement, 'runs'> & { value: number };

/** Each of `passes` once a round, always in the same order. Readings of the same name become the runs of one measurement. */
export async function alternate(
  rounds: number,
  passes: readonly (() => Promise<readonly Reading[]>)[],
): Promise<Measurement[]> {
  const found = new Map<string, Measurement>();
  for (let round = 0; round < rounds; round += 1) {
    for (const pass of passes) {
      for (const { value, ...named } of await pass()) {
        const key = JSON.stringify([named.measure, named.of, named.at]);
        const measurement = found.get(key) ?? { ...named, runs: [] };
        found.set(key, measurement);
        measurement.runs.push(value);
      }
    }
  }
  return [...found.values()];
}

/** For what is no matter of time: so many at once. Answers in the order of `items`. */
export async function someAtOnce<Item, Done>(
  count: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  const waiting = items.entries();
  const workThrough = async (): Promise<void> => {
    for (const [nth, item] of waiting) done[nth] = await work(item);
  };
  await Promise.all(Array.from({ length: count }, workThrough));
  return done;
}
