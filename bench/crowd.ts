/** One contestant with its subscribers, and how it fares when something is told to them. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Child, startChild } from '../test/crowd/child.ts';
import type { Contestant, Start } from './contestants.ts';
import type { Ground } from './ground.ts';
import type { Subscribers } from './load/subscribers.ts';

export type Crowd = {
  contestant: Contestant;
  subscribers: Child<Subscribers>;
  size: number;
  /** What they follow, and what nobody does. */
  heard: string;
  unheard: string;
  end(): Promise<void>;
};

export type Fared = {
  /** Microseconds of the server's processor time for each event delivered, less what an event costs that nobody hears. */
  perDelivery: number;
  /** Microseconds for each event that nobody hears. */
  perEvent: number;
  /** Delivered a second, of the time from telling to everybody's hearing. */
  rate: number;
};

export const startSubscribers = (): Child<Subscribers> =>
  startChild<Subscribers>(new URL('load/subscribers.ts', import.meta.url));

/** Resolves when all subscribers hear what is told. */
export async function gather(ground: Ground, start: Start, size: number): Promise<Crowd> {
  const contestant = await start(ground);
  const subscribers = startSubscribers();
  const [heard, unheard] = [await contestant.createTopic(), await contestant.createTopic()];
  await subscribers.ask('come', await contestant.plans(heard, size));
  await untilAllHear(contestant, subscribers, heard, size);
  const event = await subscribers.ask('last');
  if (!event.includes('"amount"')) throw new Error(`${contestant.name} tells something else: ${event}`);
  const end = async (): Promise<void> => {
    await subscribers.ask('leave');
    await subscribers.end();
    await contestant.end();
  };
  return { contestant, subscribers, size, heard, unheard, end };
}

/** Nothing says that a subscription has begun but its events: tells some until the last hears one. */
async function untilAllHear(
  contestant: Contestant,
  subscribers: Child<Subscribers>,
  topic: string,
  size: number,
): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    await subscribers.ask('forget');
    await contestant.publish(topic, 1);
    const all = await subscribers.ask('hears', size, 500 + size / 4);
    if (all) return;
    if (Date.now() > until) throw new Error(`Of ${contestant.name}'s subscribers some hear nothing.`);
  }
}

/** How something is told: so many events, so many of them together, one such burst every so many milliseconds. */
export type Pace = { events: number; burst: number; every: number };

/** All are told at one pace: a server that has just been idle pays more than one that has no rest. */
export async function fare(crowd: Crowd, pace: Pace): Promise<Fared> {
  const { contestant, subscribers, size, heard, unheard } = crowd;
  await subscribers.ask('readNowAndThen', true);
  const perEvent = await costOf(crowd, pace, () => contestant.publish(unheard, pace.burst));
  await subscribers.ask('forget');
  let told = 0;
  let busy = 0;
  const perTold = await costOf(crowd, pace, async () => {
    const from = performance.now();
    told += pace.burst;
    await contestant.publish(heard, pace.burst);
    await subscribers.ask('until', told * size);
    busy += performance.now() - from;
  });
  await subscribers.ask('readNowAndThen', false);
  await verify(crowd, told);
  return { perDelivery: (perTold - perEvent) / size, perEvent, rate: (told * size * 1_000) / busy };
}

/** Microseconds of the server's processor time for each event, which `tell` tells a burst of. */
async function costOf(
  { contestant }: Crowd,
  { events, burst, every }: Pace,
  tell: () => Promise<void>,
): Promise<number> {
  const before = await contestant.process.ask('usage');
  const from = performance.now();
  for (let told = burst; told <= events; told += burst) {
    await tell();
    const rest = from + (told / burst) * every - performance.now();
    if (rest > 0) await delay(rest);
  }
  const after = await contestant.process.ask('usage');
  return (after.cpu - before.cpu) / events;
}

/** A figure counts only if everybody heard everything, once. */
async function verify({ contestant, subscribers }: Crowd, told: number): Promise<void> {
  const { least, most, lost } = await subscribers.ask('heard');
  if (least !== told || most !== told || lost > 0) {
    throw new Error(`${contestant.name}: heard from ${least} to ${most} of ${told} events each, ${lost} were cut off.`);
  }
}
