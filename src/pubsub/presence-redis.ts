/**
 * Who is here, on all processes, told through Redis. Of itself a process tells all that has changed since it last did in
 * one pipeline, and of all its users again at each heartbeat: nothing waits for it, and what was lost comes back with it.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChainableCommander } from 'ioredis';
import { type Presence, type PresenceTimings, presenceTimings } from './presence.ts';
import { createOthers } from './presence-asking.ts';
import { presenceKeys, stayText } from './presence-keys.ts';
import { areWithin, createMemoryPresence, type Stay } from './presence-memory.ts';
import { openRedis } from './redis-connection.ts';

/** Milliseconds between two tellings of what has changed, in which more may: thousands may come at once. */
const rest = 20;
/** How much one command carries: Redis does nothing else meanwhile. */
const together = 1_000;

/** Comes back by itself, and leaves it to the pub/sub to say that Redis is away. */
export function createRedisPresence(options: { url: string; timings?: Partial<PresenceTimings> }): Presence {
  const timings = { ...presenceTimings, ...options.timings };
  const { heartbeat, lapse, memory, patience } = timings;
  const { connect, nameOf } = openRedis(options.url);
  const connection = connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: patience });
  const { redis } = connection;
  const self = randomUUID();
  const keys = presenceKeys(nameOf, memory);
  const others = createOthers({ redis, keys, self, memory });

  /** What Redis has not been told yet. */
  let changed = new Set<string>();
  let ended: Stay[] = [];
  let telling: Promise<void> | null = null;
  const local = createMemoryPresence({
    timings,
    onChange(userId, stay) {
      changed.add(userId);
      if (stay) ended.push(stay);
      telling ??= tellAll();
    },
  });

  /** What changes in this turn, and while Redis is being told and just after, goes together. */
  async function tellAll(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (changed.size > 0 && redis.status === 'ready') {
      const [users, stays] = [changed, ended];
      changed = new Set();
      ended = [];
      if (await isTold(users, stays)) {
        await delay(rest);
        continue;
      }
      // Told again at the next heartbeat.
      changed = changed.union(users);
      ended = [...stays, ...ended].filter(({ until }) => until > Date.now() - memory);
      break;
    }
    telling = null;
  }

  async function isTold(users: ReadonlySet<string>, stays: readonly Stay[]): Promise<boolean> {
    const pipeline = redis.pipeline();
    tellOfSelf(pipeline, Date.now());
    for (const some of chunks([...users])) tellOfUsers(pipeline, some);
    for (const [key, ended] of Map.groupBy(stays, ({ until }) => keys.left(until))) tellOfStays(pipeline, key, ended);
    const answers = await pipeline.exec().catch(() => null);
    return answers?.every(([error]) => error === null) ?? false;
  }

  function tellOfSelf(pipeline: ChainableCommander, now: number): void {
    pipeline
      .set(keys.alive(self), now, 'PX', lapse)
      .zadd(keys.processes, now, self)
      .zremrangebyscore(keys.processes, '-inf', now - 2 * memory)
      .pexpire(keys.processes, 2 * memory);
  }

  function tellOfUsers(pipeline: ChainableCommander, users: readonly string[]): void {
    const known = users.map((userId) => [userId, local.since(userId)] as const);
    const here = known.filter((user): user is [string, number] => user[1] !== null);
    const gone = known.filter(([, since]) => since === null).map(([userId]) => userId);
    if (here.length > 0) pipeline.hset(keys.here(self), new Map(here));
    if (gone.length > 0) pipeline.hdel(keys.here(self), ...gone);
    pipeline.pexpire(keys.here(self), 2 * memory);
  }

  function tellOfStays(pipeline: ChainableCommander, key: string, stays: readonly Stay[]): void {
    // All have one score: so they stand in the order of their texts.
    for (const some of chunks(stays)) pipeline.zadd(key, ...some.flatMap((stay) => [0, stayText(stay, self)]));
    pipeline.pexpire(key, 3 * memory);
  }

  function beat(): void {
    changed = changed.union(new Set(local.users()));
    if (changed.size > 0) telling ??= tellAll();
  }
  const beating = setInterval(beat, heartbeat).unref();
  redis.on('ready', beat).on('error', () => {});

  async function unlessAway<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
    return redis.status === 'ready' ? ask().catch(() => otherwise) : otherwise;
  }

  return {
    enter: local.enter,
    leave: local.leave,
    async online(userIds) {
      const here = await local.online(userIds);
      const missing = userIds.filter((userId) => !here.has(userId));
      const elsewhere = await unlessAway(() => Promise.all(missing.map(others.isHere)), []);
      return new Set([...here, ...missing.filter((_, nth) => elsewhere[nth])]);
    },
    async wasOnline(userId, moments) {
      const spans = local.spans(userId);
      const here = areWithin(moments, spans);
      if (here.every(Boolean)) return here;
      return areWithin(moments, [...spans, ...(await unlessAway(() => others.spansAround(userId, moments), []))]);
    },
    async close() {
      clearInterval(beating);
      await local.close();
      await telling;
      const goodbye = redis.pipeline().del(keys.alive(self), keys.here(self)).zrem(keys.processes, self);
      if (redis.status === 'ready') await goodbye.exec().catch(() => {});
      await connection.close();
    },
  };
}

const chunks = <T>(values: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(values.length / together) }, (_, nth) =>
    values.slice(nth * together, (nth + 1) * together),
  );
