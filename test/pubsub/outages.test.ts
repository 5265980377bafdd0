import { Redis as RedisClient } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/db/embedded/server.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createRedisPubSub } from '../../src/pubsub/redis.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { type Redis, startRedis } from '../support/redis.ts';
import { all, createWorld, numbers, placeOf, run, silent, take } from './world.ts';

const { db } = await createTestDatabase();
let topics = 0;
const newTopic = (): string => `user:${++topics}`;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(port: number): Promise<Redis> {
  const redis = await startRedis({ port });
  closers.push(() => redis.stop());
  return redis;
}

describe('the hub without Redis', () => {
  it('lets join within a moment, and delivers by the sweep', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const { hub, write } = createWorld(db, createRedisPubSub({ url, log: silent }), { timings: { sweepEvery: 100 } });
    const topic = newTopic();
    const before = performance.now();
    const member = await hub.follow({ topic, after: null, wants: all });
    expect(performance.now() - before).toBeLessThan(500);
    expect(hub.status()).toBe('degraded');
    await write(topic, 3);
    expect(numbers(await take(member, 3))).toEqual([1, 2, 3]);
  });

  it('looks at the head once more when the acknowledgement comes late', async () => {
    const port = await freePort();
    const pubsub = createRedisPubSub({ url: `redis://127.0.0.1:${port}`, log: silent });
    const { hub, write } = createWorld(db, pubsub);
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    await write(topic, 3);
    await start(port);
    expect(numbers(await take(member, 3))).toEqual([1, 2, 3]);
    await vi.waitFor(() => expect(hub.status()).toBe('live'), patiently);
    await write(topic);
    expect(numbers(await take(member, 1))).toEqual([4]);
  });

  it('misses nothing while Redis is killed and comes back', async () => {
    const port = await freePort();
    const redis = await start(port);
    const pubsub = createRedisPubSub({ url: redis.url, log: silent });
    const { hub, write } = createWorld(db, pubsub, { timings: { sweepEvery: 100 } });
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    const heard = take(member, 90);
    await write(topic, 30);
    await redis.kill();
    await write(topic, 30);
    await vi.waitFor(() => expect(hub.status()).toBe('degraded'), patiently);
    await start(port);
    await vi.waitFor(() => expect(hub.status()).toBe('live'), patiently);
    await write(topic, 30);
    expect(numbers(await heard)).toEqual(run(1, 90));
  });

  it('leaves no channel over once nobody follows', async () => {
    const redis = await start(await freePort());
    const probe = new RedisClient(redis.url);
    closers.push(() => probe.disconnect());
    const { hub } = createWorld(db, createRedisPubSub({ url: redis.url, log: silent }), { timings: { linger: 50 } });
    const members = await Promise.all(
      run(1, 300).map(() => hub.follow({ topic: newTopic(), after: null, wants: all })),
    );
    expect(await probe.pubsub('CHANNELS')).toHaveLength(300);
    await Promise.all(members.map((member) => member.return?.()));
    await vi.waitFor(async () => expect(await probe.pubsub('CHANNELS')).toEqual([]), patiently);
    expect(hub.stats()).toEqual({ topics: 0, members: 0, groups: [] });
  });
});

describe('the hub without the database', () => {
  const timings = { sweepEvery: 50, rest: 50 };

  it('keeps its members, says that it is degraded, and goes on when it is back', async () => {
    const world = createWorld(db, createMemoryPubSub(), { timings });
    const { hub, history } = world;
    const topic = newTopic();
    const written = await world.write(topic, 500);
    const live = await hub.follow({ topic, after: null, wants: all });
    const replaying = await hub.follow({ topic, after: placeOf(written[99]), wants: all });
    history.away = true;
    await vi.waitFor(() => expect(hub.status()).toBe('degraded'), patiently);
    const heard = Promise.all([take(live, 2), take(replaying, 402)]);
    await world.writeSilently(topic);
    await world.write(topic);
    await expect(hub.follow({ topic: newTopic(), after: null, wants: all })).rejects.toThrow('away');
    expect(hub.stats().members).toBe(2);
    history.away = false;
    const [ofLive, ofReplaying] = await heard;
    expect(numbers(ofLive)).toEqual([501, 502]);
    expect(numbers(ofReplaying)).toEqual(run(101, 502));
    await vi.waitFor(() => expect(hub.status()).toBe('live'), patiently);
  });

  it('counts a read that is never answered as failed, and asks again', async () => {
    const world = createWorld(db, createMemoryPubSub(), { timings: { ...timings, longestRead: 200 } });
    const topic = newTopic();
    const member = await world.hub.follow({ topic, after: null, wants: all });
    const { count: before } = world.history;
    const locked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    // Every read of events waits for this lock, as on a connection that is frozen.
    const lock = db.$client.begin(async (transaction) => {
      await transaction.unsafe('lock table events in access exclusive mode');
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const sweeps = before.sweep;
    await vi.waitFor(() => expect(world.history.count.sweep).toBeGreaterThan(sweeps + 2), patiently);
    expect(world.hub.status()).toBe('degraded');
    const unanswered = world.hub.follow({ topic, after: { position: 5, tag: '1' }, wants: all });
    await expect(unanswered).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    release.resolve();
    await lock;
    await world.writeSilently(topic);
    expect(numbers(await take(member, 1))).toEqual([1]);
    await vi.waitFor(() => expect(world.hub.status()).toBe('live'), patiently);
  });
});
