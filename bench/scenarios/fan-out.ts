/** What it costs to tell many subscribers of one topic something: one event at a time, and twenty within one turn. */

import { names, starts } from '../contestants.ts';
import { type Crowd, fare, gather } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { alternate, type Reading } from '../rounds.ts';
import type { Measured, Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const perDelivery = 'CPU per delivered event';
const perBurst = 'CPU per delivered event, 20 within one turn';
const rate = 'Delivered a second';
const perEvent = 'CPU per event that nobody hears';

const at = (size: number): string => `${size.toLocaleString('en-GB')} subscribers`;
const against = (measure: string, of: string, size: number) => (found: Measured) =>
  found.ratio(measure, names.haggle, of, at(size));

const target = (what: string, limit: number, figure: Target['figure']): Target => ({
  what,
  at: 'most',
  limit,
  unit: '×',
  figure,
});

export const scenario: Scenario = {
  name: 'fan-out',
  title: 'Fan-out: one event to many',
  method: [
    `All subscribers follow one order (peers: one room or channel), each on a connection of its own, and hear an event of
about 400 bytes. The next event is told when the last has reached everybody, so nobody has a queue to hide in. Everybody
has to hear every event, once, or there is no figure.`,
    `The figure is the server process's own processor time (user and system). What an event costs that nobody hears is
measured beside it, on the same warm server with the same sockets, and subtracted, from all alike: for Haggle that is a bid
over its API with its transaction, for the peers making the event and publishing it. So what is left is the price of one more
subscriber; the price of the event is told too. Haggle numbers each event, asks its policy again and reads the bid from
PostgreSQL; its subscribers are vendors with a token each. The peers do none of that and know nobody.`,
    `Within one turn: 20 bids by 20 vendors that are decided together (a bid on another order goes before, so that they meet
while it is saved), 20 sends or emits one after the other for the peers.`,
  ],
  targets: [
    target('CPU per delivered event, 1,000 subscribers, against raw ws', 1.05, against(perDelivery, names.raw, 1_000)),
    target('the same against Socket.IO', 0.7, against(perDelivery, names.socketIo, 1_000)),
    target('the same against Yoga, graphql-ws, RedisPubSub', 1 / 7, against(perDelivery, names.yoga, 1_000)),
    target('20 events within one turn, against raw ws', 0.5, against(perBurst, names.raw, 1_000)),
    target(
      'CPU per delivered event, 10,000 subscribers, against raw ws',
      1.05,
      against(perDelivery, names.raw, 10_000),
    ),
  ],
  charts: [{ measure: perDelivery }, { measure: perBurst, at: at(1_000) }],
  run,
};

const everybody = Object.keys(names) as (keyof typeof names)[];
const compared = ['haggle', 'raw', 'socketIo', 'yoga'] as const;

async function run(ground: Ground, { runs, quick, say }: RunOptions): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const size of quick ? [1_000] : (process.env.SIZES?.split(',').map(Number) ?? [100, 1_000, 10_000])) {
    say(`${at(size)} …`);
    const crowds: Crowd[] = [];
    try {
      for (const who of quick ? compared : everybody) crowds.push(await gather(ground, starts[who], size));
      const milliseconds = quick ? 700 : 1_000;
      const passes = crowds.map((crowd) => () => pass(crowd, milliseconds));
      // What is compiled while it first runs is not what is compared.
      for (const warmUp of passes) await warmUp();
      found.push(...(await alternate(runs, passes)));
    } finally {
      await Promise.all(crowds.map((crowd) => crowd.end()));
    }
  }
  return found;
}

async function pass(crowd: Crowd, milliseconds: number): Promise<Reading[]> {
  const named = { of: crowd.contestant.name, at: at(crowd.size) };
  const single = await fare(crowd, 1, milliseconds);
  const readings: Reading[] = [
    { ...named, measure: perDelivery, unit: 'µs', value: single.perDelivery },
    { ...named, measure: rate, unit: '/s', value: single.rate },
    { ...named, measure: perEvent, unit: 'µs', value: single.perEvent },
  ];
  if (crowd.size !== 1_000) return readings;
  const burst = await fare(crowd, 20, milliseconds);
  return [...readings, { ...named, measure: perBurst, unit: 'µs', value: burst.perDelivery }];
}
