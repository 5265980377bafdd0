/** One contestant with its subscribers, and how it fares when something is told to them. */

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
  /** Delivered a second, of real time. */
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
    const all = await subscribers.ask('hears', size, 500);
    if (all) return;
    if (Date.now() > until) throw new Error(`Of ${contestant.name}'s subscribers some hear nothing.`);
  }
}

/** Tells bursts of so many events, each when the last has reached everybody, for about so many milliseconds. */
export async function fare(crowd: Crowd, burst: number, milliseconds: number): Promise<Fared> {
  const { contestant, subscribers, size, heard, unheard } = crowd;
  const perEvent = await costOf(crowd, async () => {
    const from = performance.now();
    let events = 0;
    do {
      await contestant.publish(unheard, burst);
      events += burst;
    } while (performance.now() - from < milliseconds / 3);
    return events;
  });
  await subscribers.ask('forget');
  let rate = 0;
  const perTold = await costOf(crowd, async () => {
    const from = performance.now();
    let events = 0;
    do {
      events += burst;
      await contestant.publish(heard, burst);
      await subscribers.ask('until', events * size);
    } while (performance.now() - from < milliseconds || events < leastBursts * burst);
    rate = (events * size * 1_000) / (performance.now() - from);
    return events;
  });
  await verify(crowd);
  return { perDelivery: (perTold - perEvent) / size, perEvent, rate };
}

const leastBursts = 5;

/** Microseconds of the server's processor time for each of the events that `tell` says it told. */
async function costOf({ contestant }: Crowd, tell: () => Promise<number>): Promise<number> {
  const before = await contestant.process.ask('usage');
  const events = await tell();
  const after = await contestant.process.ask('usage');
  return (after.cpu - before.cpu) / events;
}

/** A figure counts only if everybody heard everything, once. */
async function verify({ contestant, subscribers, size }: Crowd): Promise<void> {
  const { least, most, lost, total } = await subscribers.ask('heard');
  if (least !== most || lost > 0 || total !== least * size) {
    throw new Error(`${contestant.name}: heard from ${least} to ${most} events each, ${lost} were cut off.`);
  }
}
