/** How fan-out is measured, for however many subscribers: everybody's crowd side by side, told the same at the same pace. */

import { names, starts } from './contestants.ts';
import { type Crowd, fare, gather, type Pace } from './crowd.ts';
import type { Ground } from './ground.ts';
import { alternate, type Reading, someAtOnce } from './rounds.ts';
import type { Measured, Measurement, RunOptions, Target } from './scenario.ts';

export const perDelivery = 'CPU per delivered event';
export const perBurst = 'CPU per delivered event, 20 within one turn';
const perOneMore = 'CPU per delivered event, of one more subscriber';
const rate = 'Delivered a second';
const perEvent = 'CPU per event that nobody hears';

export const at = (size: number): string => `${size.toLocaleString('en-GB')} subscribers`;

/** Of Haggle, as a multiple of another's. */
export const target = (what: string, limit: number, measure: string, against: string, size: number): Target => ({
  what,
  at: 'most',
  limit,
  unit: '×',
  figure: (found: Measured) => found.ratio(measure, names.haggle, against, at(size)),
});

/** So that most can keep up. */
const paces: Record<number, Pace> = {
  100: { events: 40, burst: 1, every: 15 },
  1000: { events: 20, burst: 1, every: 40 },
  10000: { events: 6, burst: 1, every: 250 },
};
const bursts: Pace = { events: 40, burst: 20, every: 200 };

/** Of all events that a full run tells, at the same pace: to warm up, and to see quickly how it stands. */
const part = (share: number, pace: Pace): Pace => ({
  ...pace,
  events: Math.ceil((pace.events * share) / pace.burst) * pace.burst,
});

/**
 * What one more subscriber costs, from few to many: what an event costs once, however many hear it (Haggle executes it, and
 * reads what it tells of), is no part of that.
 */
function slopes(found: readonly Measurement[], few: number, many: number): Measurement[] {
  const those = found.filter((one) => one.measure === perDelivery);
  return those.flatMap((one): Measurement[] => {
    const other = those.find(({ of, at: when }) => of === one.of && when === at(many));
    if (one.at !== at(few) || !other) return [];
    const runs = other.runs.map((value, nth) => (many * value - few * (one.runs[nth] ?? Number.NaN)) / (many - few));
    const between = `from ${few.toLocaleString('en-GB')} to ${at(many)}`;
    return [{ measure: perOneMore, of: one.of, at: between, unit: 'µs', runs }];
  });
}

const everybody = Object.keys(names) as (keyof typeof names)[];
/** Those that something is to be reached against. */
const compared = ['haggle', 'raw', 'socketIo', 'yoga'] as const;
const comparedInBursts: readonly string[] = [names.haggle, names.raw];

export async function fanOut(
  ground: Ground,
  sizes: readonly number[],
  { runs, quick, say }: RunOptions,
): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const size of sizes) {
    say(`${at(size)} …`);
    const crowds: Crowd[] = [];
    try {
      const from = performance.now();
      const inTurn = await someAtOnce(3, quick ? compared : everybody, async (who) => {
        const crowd = await gather(ground, starts[who], size);
        crowds.push(crowd);
        return crowd;
      });
      say(`all are there after ${((performance.now() - from) / 1_000).toFixed(0)} s`);
      // What is compiled while it first runs is not what is compared.
      for (const crowd of inTurn) await pass(crowd, 1 / 3, quick);
      const passes = inTurn.map((crowd) => () => pass(crowd, quick ? 1 / 3 : 1, quick));
      found.push(...(await alternate(runs, passes)));
    } finally {
      await Promise.all(crowds.map((crowd) => crowd.end()));
    }
  }
  return [...found, ...(sizes.length > 1 ? slopes(found, sizes[0] ?? 0, sizes.at(-1) ?? 0) : [])];
}

async function pass(crowd: Crowd, share: number, quick: boolean): Promise<Reading[]> {
  const named = { of: crowd.contestant.name, at: at(crowd.size) };
  const pace = paces[crowd.size];
  if (!pace) throw new Error(`Nothing says at which pace ${at(crowd.size)} are told.`);
  const single = await fare(crowd, part(share, pace));
  const readings: Reading[] = [
    { ...named, measure: perDelivery, unit: 'µs', value: single.perDelivery },
    { ...named, measure: rate, unit: '/s', value: single.rate },
    { ...named, measure: perEvent, unit: 'µs', value: single.perEvent },
  ];
  if (crowd.size !== 1_000 || (quick && !comparedInBursts.includes(named.of))) return readings;
  const burst = await fare(crowd, part(share, bursts));
  return [...readings, { ...named, measure: perBurst, unit: 'µs', value: burst.perDelivery }];
}
