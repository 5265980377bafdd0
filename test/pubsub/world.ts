/** A process of its own, as far as events go: a hub over a real database and a pub/sub that can be troubled. */

import { afterEach, expect, vi } from 'vitest';
import type { Database } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import type { Entry } from '../../src/domain/events.ts';
import type { Place } from '../../src/domain/history.ts';
import { createLog } from '../../src/log.ts';
import { createHub, type Hub, type Member } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { PubSub } from '../../src/pubsub/pubsub.ts';
import { createRedisPubSub } from '../../src/pubsub/redis.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import type { Timings } from '../../src/pubsub/timings.ts';
import { append } from '../support/append.ts';
import { installation } from '../support/installation.ts';
import { seeded, type Troubled, troubled, type Watched, watched } from './troubled.ts';

export const silent = createLog({ level: 'silent', pretty: false, output: process.stderr });

/** Each is up when it is handed over: the very first ring would otherwise be dropped. */
export const brokers: [name: string, create: () => Promise<PubSub>][] = [
  ['memory', async () => createMemoryPubSub()],
  ['Redis', () => connected(createRedisPubSub({ url: installation(), log: silent }))],
];

async function connected(pubsub: PubSub): Promise<PubSub> {
  await vi.waitFor(() => expect(pubsub.isUp()).toBe(true), { timeout: 10_000, interval: 5 });
  return pubsub;
}

export type World = {
  hub: Hub;
  pubsub: Troubled;
  history: Watched;
  /** Commits events, then rings. */
  write(topic: string, count?: number, padding?: string): Promise<Entry[]>;
  /** Commits events, as a process that is killed before it rings. */
  writeSilently(topic: string, count?: number): Promise<Entry[]>;
  /** Rings for events of a topic; without a `source`, as of the database that is there. */
  ring(entries: readonly Entry[], source?: string): Promise<void>;
  /** Which database is there. */
  source(): Promise<string>;
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Closed after the test. Where not said otherwise, the sweep comes so seldom that only rings and reads can be what works. */
export function createWorld(
  db: Database,
  broker: PubSub,
  options: { timings?: Partial<Timings>; seed?: number } = {},
): World {
  const pubsub = troubled(broker, seeded(options.seed ?? 1));
  const present = createHistory(db);
  const history = watched(present);
  const hub = createHub({ pubsub, history, log: silent, timings: { sweepEvery: 60_000, ...options.timings } });
  const ringOut = createRing(pubsub);
  closers.push(async () => {
    await hub.close();
    await pubsub.close();
  });
  const source = async (): Promise<string> => (await present.sweep(null)).source;
  const ring: World['ring'] = async (entries, of) => {
    if (!history.away) await history.swept;
    ringOut({ source: of ?? (await source()), entries });
  };
  const writeSilently = (topic: string, count?: number, padding?: string) =>
    db.$client.begin((transaction) => append(transaction, topic, count, padding));
  return {
    hub,
    pubsub,
    history,
    writeSilently,
    ring,
    source,
    async write(topic, count, padding) {
      const entries = await writeSilently(topic, count, padding);
      await ring(entries);
      return entries;
    },
  };
}

export const all = (): boolean => true;

/** The next so many events. */
export async function take(member: Member, count: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  while (entries.length < count) {
    const next = await member.next();
    if (next.done) throw new Error(`The member ended after ${entries.length} of ${count} events.`);
    entries.push(next.value);
  }
  return entries;
}

export const placeOf = (entry: Entry | undefined): Place => {
  if (!entry) throw new Error('There is no such event.');
  return { position: entry.position, tag: entry.tag };
};

export const numbers = (entries: readonly Entry[]): number[] => entries.map(({ position }) => position);

/** from, from + 1, … to */
export const run = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
