/** What it costs to tell many subscribers of one topic something: one event at a time, and twenty within one turn. */

import { names } from '../contestants.ts';
import { fanOut, perBurst, perDelivery, target } from '../fan-out.ts';
import type { Scenario, Target } from '../scenario.ts';

const targets: readonly Target[] = [
  target('CPU per delivered event, 1,000 subscribers, against raw ws', 1.05, perDelivery, names.raw, 1_000),
  target('CPU per delivered event, 1,000 subscribers, against Socket.IO', 0.7, perDelivery, names.socketIo, 1_000),
  target(
    'CPU per delivered event, 1,000 subscribers, against Yoga, graphql-ws, RedisPubSub',
    1 / 7,
    perDelivery,
    names.yoga,
    1_000,
  ),
  target(
    'CPU per delivered event, 20 within one turn, 1,000 subscribers, against raw ws',
    0.5,
    perBurst,
    names.raw,
    1_000,
  ),
];

export const scenario: Scenario = {
  name: 'fan-out',
  title: 'Fan-out: one event to many',
  method: [
    `All subscribers follow one order (peers: one room or channel), each on a connection of its own, and hear an event of
about 400 bytes. Events are told at the same pace to all, the next at the earliest when the last has reached everybody,
so nobody has a queue to hide in. Everybody has to hear every event, once, or there is no figure. The subscribers read once a
millisecond: one that sleeps would have to be woken by the server's write, in the server's time.`,
    `The figure is the server process's own processor time (user and system). What an event costs that nobody hears is
measured beside it, on the same warm server with the same sockets, and subtracted, from all alike: for Haggle that is a bid
over its API with its transaction, for the peers making the event and publishing it. So what is left is the price of one more
subscriber; the price of the event is told too. Haggle numbers each event, asks its policy again and reads the bid from
PostgreSQL; its subscribers are vendors with a token each. The peers do none of that and know nobody.`,
    `Within one turn: 20 bids by 20 vendors that are decided together (a bid on another order goes before, so that they meet
while it is saved), 20 sends or emits one after the other for the peers.`,
  ],
  targets,
  quick: targets,
  picture: { title: 'Server CPU per delivered event', measures: [perDelivery, perBurst] },
  run: (ground, options) => fanOut(ground, options.quick ? [1_000] : [100, 1_000], options),
};
