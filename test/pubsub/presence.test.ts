import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis as RedisClient } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { spawnGuarded, stopGuarded } from '../../src/db/embedded/guarded.ts';
import type { Presence, PresenceTimings } from '../../src/pubsub/presence.ts';
import { createMemoryPresence } from '../../src/pubsub/presence-memory.ts';
import { createRedisPresence } from '../../src/pubsub/presence-redis.ts';
import { createProxy } from '../faults/proxy.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { type Redis, startRedis } from '../support/redis.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const timings: PresenceTimings = { heartbeat: 100, lapse: 1_000, memory: 60_000, patience: 500 };

function overRedis(url: string, other: Partial<PresenceTimings> = {}): Presence {
  const presence = createRedisPresence({ url, timings: { ...timings, ...other } });
  closers.push(() => presence.close());
  return presence;
}

async function startOwn(port?: number): Promise<Redis> {
  const redis = await startRedis(port === undefined ? {} : { port });
  closers.push(() => redis.stop());
  return redis;
}

/** Waits until the answer for these is what it should be. */
const sees = (presence: Presence, userIds: string[], expected: string[]) =>
  vi.waitFor(async () => expect(await presence.online(userIds)).toEqual(new Set(expected)), patiently);

/** A clock that has moved on since, so that what happens next is later. */
async function tick(): Promise<Date> {
  const before = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before + 1), { interval: 1 });
  return new Date();
}

/** Two presences of one installation: within one process the same, over Redis those of two processes. */
const worlds: [name: string, create: () => { one: Presence; other: Presence }][] = [
  [
    'memory',
    () => {
      const presence = createMemoryPresence({ timings });
      closers.push(() => presence.close());
      return { one: presence, other: presence };
    },
  ],
  [
    'Redis',
    () => {
      const url = installation();
      return { one: overRedis(url), other: overRedis(url) };
    },
  ],
];

describe.each(worlds)('presence over %s', (_, create) => {
  it('knows who has a connection anywhere, by whichever process it is asked', async () => {
    const { one, other } = create();
    const [ann, bob, eve] = [randomUUID(), randomUUID(), randomUUID()];
    one.enter(ann);
    other.enter(bob);
    for (const asked of [one, other]) await sees(asked, [ann, bob, eve], [ann, bob]);
    expect(await one.online([])).toEqual(new Set());
  });

  it('counts tabs and devices: gone is who has closed the last', async () => {
    const { one, other } = create();
    const ann = randomUUID();
    for (const phoneOrTab of [one, other, other]) phoneOrTab.enter(ann);
    for (const closing of [other, one]) {
      closing.leave(ann);
      for (const asked of [one, other]) await sees(asked, [ann], [ann]);
    }
    other.leave(ann);
    for (const asked of [one, other]) await sees(asked, [ann], []);
    one.enter(ann);
    for (const asked of [one, other]) await sees(asked, [ann], [ann]);
  });

  it('remembers who was here at a time, and who was not', async () => {
    const { one, other } = create();
    const ann = randomUUID();
    const before = await tick();
    await tick();
    one.enter(ann);
    const during = await tick();
    await tick();
    one.leave(ann);
    await tick();
    const between = await tick();
    await tick();
    other.enter(ann);
    const again = await tick();
    for (const asked of [one, other]) {
      const answers = () => asked.wasOnline(ann, [before, during, between, again]);
      await vi.waitFor(async () => expect(await answers()).toEqual([false, true, false, true]), patiently);
      expect(await asked.wasOnline(randomUUID(), [during])).toEqual([false]);
    }
  });

  it('tells of thousands of moments at once', async () => {
    const { one, other } = create();
    const ann = randomUUID();
    one.enter(ann);
    await sees(other, [ann], [ann]);
    const moments = new Array<Date>(50_000).fill(await tick());
    expect(new Set(await other.wasOnline(ann, moments))).toEqual(new Set([true]));
  });

  it('takes thousands who come and go at once', async () => {
    const { one, other } = create();
    const crowd = Array.from({ length: 5_000 }, () => randomUUID());
    const before = performance.now();
    for (const userId of crowd) one.enter(userId);
    expect(performance.now() - before).toBeLessThan(500);
    await sees(other, crowd, crowd);
    for (const userId of crowd) one.leave(userId);
    await sees(other, crowd, []);
  });
});

describe('presence over Redis', () => {
  const holder = fileURLToPath(new URL('presence-holder.ts', import.meta.url));

  async function hold(url: string, userId: string) {
    const program = spawnGuarded([process.execPath, holder, url, JSON.stringify(timings), userId], { signal: 'TERM' });
    closers.push(() => stopGuarded(program));
    await once(program.stderr, 'data');
    return {
      stop: () => stopGuarded(program),
      async kill() {
        const gone = once(program, 'exit');
        process.kill(-(program.pid ?? 0), 'SIGKILL');
        await gone;
      },
    };
  }

  it('forgets the users of a process that was killed once its time is over, and knows until when they were here', async () => {
    const url = installation();
    const ann = randomUUID();
    const asking = overRedis(url);
    const held = await hold(url, ann);
    await sees(asking, [ann], [ann]);
    const during = await tick();
    // A heartbeat later it is known to have lived then.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(during.getTime() + 3 * timings.heartbeat), patiently);
    await held.kill();
    const killed = performance.now();
    await sees(asking, [ann], []);
    expect(performance.now() - killed).toBeLessThan(timings.lapse + 500);
    expect(await asking.wasOnline(ann, [during])).toEqual([true]);
    expect(await asking.wasOnline(ann, [new Date()])).toEqual([false]);
  });

  it('lets the users of a process that stops go at once', async () => {
    const url = installation();
    const ann = randomUUID();
    const asking = overRedis(url);
    const held = await hold(url, ann);
    await sees(asking, [ann], [ann]);
    const during = await tick();
    await held.stop();
    expect(await asking.online([ann])).toEqual(new Set());
    expect(await asking.wasOnline(ann, [during])).toEqual([true]);
  });

  it('is told anew after all was wiped, with since when', async () => {
    const redis = await startOwn();
    const [one, other] = [overRedis(redis.url), overRedis(redis.url)];
    const ann = randomUUID();
    one.enter(ann);
    await sees(other, [ann], [ann]);
    const during = await tick();
    const admin = new RedisClient(redis.url);
    closers.push(() => admin.disconnect());
    await admin.flushall();
    await sees(other, [ann], [ann]);
    expect(await other.wasOnline(ann, [during])).toEqual([true]);
  });

  it('answers what this process knows while Redis is away, and tells what happened meanwhile when it is back', async () => {
    const redis = await startOwn();
    const [one, other] = [overRedis(redis.url), overRedis(redis.url)];
    const [ann, bob, eve] = [randomUUID(), randomUUID(), randomUUID()];
    one.enter(ann);
    await sees(other, [ann], [ann]);
    const during = await tick();
    await redis.kill();
    await sees(other, [ann], []);
    one.enter(bob);
    other.enter(eve);
    one.leave(ann);
    expect(await one.online([ann, bob, eve])).toEqual(new Set([bob]));
    expect(await one.wasOnline(ann, [during])).toEqual([true]);
    expect(await other.wasOnline(ann, [during])).toEqual([false]);
    await startOwn(redis.port);
    await sees(other, [ann, bob, eve], [bob, eve]);
    await vi.waitFor(async () => expect(await other.wasOnline(ann, [during])).toEqual([true]), patiently);
  });

  it('does not wait for a Redis that was cut off without a word', async () => {
    const redis = await startOwn();
    const proxy = await createProxy(redis.port);
    closers.push(async () => {
      await vi.waitFor(() => expect(proxy.connections()).toBe(0), patiently);
      await proxy.close();
    });
    const [near, cut] = [overRedis(redis.url), overRedis(`redis://127.0.0.1:${proxy.port}`)];
    const [ann, bob] = [randomUUID(), randomUUID()];
    near.enter(ann);
    await sees(cut, [ann, bob], [ann]);
    proxy.halfOpen();
    const before = performance.now();
    cut.enter(bob);
    expect(await cut.online([ann, bob])).toEqual(new Set([bob]));
    expect(performance.now() - before).toBeLessThan(timings.patience + 500);
    await sees(near, [bob], [bob]);
    await sees(cut, [ann], [ann]);
  });

  it('tells thousands of users in a few commands, and no more than it must', async () => {
    const redis = await startOwn();
    const presence = overRedis(redis.url, { heartbeat: 60_000 });
    const admin = new RedisClient(redis.url);
    closers.push(() => admin.disconnect());
    const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await admin.info('stats'))?.[1]);
    const crowd = Array.from({ length: 5_000 }, () => randomUUID());
    for (const userId of crowd) presence.enter(userId);
    const asking = overRedis(redis.url, { heartbeat: 60_000 });
    await sees(asking, crowd, crowd);
    const before = await commands();
    for (const userId of crowd) presence.leave(userId);
    await sees(asking, crowd, []);
    // Those of the connections' own heartbeats and of asking are among them.
    expect((await commands()) - before).toBeLessThan(200);
    // A key is made by one command and given its time by the next.
    await vi.waitFor(async () => {
      for (const key of await admin.keys('*')) expect([key, await admin.pttl(key)]).not.toEqual([key, -1]);
    }, patiently);
  });
});
