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

/** What is no matter of time may be done for two at once, on a machine that has two processors: answers in the order of `items`. */
export async function twoAtOnce<Item, Done>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  const waiting = items.entries();
  const workThrough = async (): Promise<void> => {
    for (const [nth, item] of waiting) done[nth] = await work(item);
  };
  await Promise.all([workThrough(), workThrough()]);
  return done;
}
