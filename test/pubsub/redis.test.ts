import { Redis as RedisClient } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/db/embedded/server.ts';
import { createLog } from '../../src/log.ts';
import { createRedisPubSub } from '../../src/pubsub/redis.ts';
import { createProxy } from '../faults/proxy.ts';
import { patiently } from '../support/patiently.ts';
import { type Redis, startRedis } from '../support/redis.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function open(url: string) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', pretty: false, output: { write: (line) => lines.push(line) } });
  const pubsub = createRedisPubSub({ url, log });
  closers.push(() => pubsub.close());
  const messages = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { pubsub, messages };
}

async function start(port?: number): Promise<Redis> {
  const redis = await startRedis(port === undefined ? {} : { port });
  closers.push(() => redis.stop());
  return redis;
}

describe('the pub/sub over a Redis that goes away', () => {
  it('comes back by itself, drops what was sent meanwhile, and says so once', async () => {
    const redis = await start();
    const { pubsub, messages } = open(redis.url);
    const heard: unknown[] = [];
    await pubsub.subscribe('here', (message) => heard.push(message));
    await redis.kill();
    await vi.waitFor(() => expect(pubsub.isUp()).toBe(false), patiently);
    for (let number = 0; number < 100; number++) pubsub.publish('here', 'lost');
    // Made while it is away: acknowledged when it is back.
    const made = pubsub.subscribe('new', (message) => heard.push(message));
    await start(redis.port);
    await made;
    await vi.waitFor(() => {
      pubsub.publish('here', 'old channel');
      pubsub.publish('new', 'new channel');
      expect(new Set(heard)).toEqual(new Set(['old channel', 'new channel']));
    }, patiently);
    expect(messages()).toEqual(['Redis is away: what happens is read from the database meanwhile', 'Redis is back']);
  });

  it('survives subscribers that come and go, outages, and cut connections, and leaves no channel over', async () => {
    const redis = await start();
    const { pubsub } = open(redis.url);
    const probe = new RedisClient(redis.url);
    closers.push(() => probe.disconnect());
    const going: Promise<void>[] = [];
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 50; number++) {
        going.push(pubsub.subscribe(`channel:${number}`, () => {}).then((stop) => stop()));
        pubsub.publish(`channel:${number}`, 'x');
      }
      await probe.client('KILL', 'TYPE', round % 2 ? 'pubsub' : 'normal');
      await vi.waitFor(() => expect(pubsub.isUp()).toBe(true), patiently);
    }
    await Promise.all(going);
    await vi.waitFor(async () => expect(await probe.pubsub('CHANNELS')).toEqual([]), patiently);
  });

  it('closes at once while it is away, with subscriptions that were never acknowledged', async () => {
    const port = await freePort();
    const { pubsub } = open(`redis://127.0.0.1:${port}`);
    let acknowledged = false;
    void pubsub
      .subscribe('never', () => {})
      .then(() => {
        acknowledged = true;
      });
    expect(pubsub.isUp()).toBe(false);
    const before = performance.now();
    await pubsub.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(acknowledged).toBe(false);
  });

  it('closes while it is away, with subscriptions that were just given back', async () => {
    const redis = await start();
    const { pubsub } = open(redis.url);
    const stop = await pubsub.subscribe('here', () => {});
    const stopOther = await pubsub.subscribe('there', () => {});
    await redis.kill();
    stop();
    await vi.waitFor(() => expect(pubsub.isUp()).toBe(false), patiently);
    stopOther();
    pubsub.publish('here', 'nobody');
    await pubsub.close();
    pubsub.publish('here', 'nobody');
  });

  it('closes while it does not answer, with a subscription that was just given back', async () => {
    const redis = await start();
    const { pubsub } = open(redis.url);
    const stop = await pubsub.subscribe('here', () => {});
    const admin = new RedisClient(redis.url);
    closers.push(() => admin.disconnect());
    await admin.client('PAUSE', 1_500, 'ALL');
    stop();
    void pubsub.subscribe('there', () => {});
    const before = performance.now();
    await pubsub.close();
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('notices within seconds that it was cut off without a word, says so once, and connects anew', async () => {
    const redis = await start();
    const proxy = await createProxy(redis.port);
    closers.push(async () => {
      await vi.waitFor(() => expect(proxy.connections()).toBe(0), patiently);
      await proxy.close();
    });
    const { pubsub, messages } = open(`redis://127.0.0.1:${proxy.port}`);
    const heard: unknown[] = [];
    await pubsub.subscribe('here', (message) => heard.push(message));
    proxy.halfOpen();
    const before = performance.now();
    await vi.waitFor(() => expect(pubsub.isUp()).toBe(false), patiently);
    expect(performance.now() - before).toBeLessThan(4_000);
    await vi.waitFor(() => {
      pubsub.publish('here', 'again');
      expect(heard).toContain('again');
    }, patiently);
    await vi.waitFor(() => expect(messages().at(-1)).toBe('Redis is back'), patiently);
    expect(messages()).toEqual(['Redis is away: what happens is read from the database meanwhile', 'Redis is back']);
  });

  it('tries a refused subscription again', async () => {
    const redis = await start();
    const admin = new RedisClient(redis.url);
    closers.push(() => admin.disconnect());
    await admin.acl('SETUSER', 'default', 'resetchannels');
    const { pubsub, messages } = open(redis.url);
    const made = pubsub.subscribe('refused', () => {});
    await vi.waitFor(() => expect(messages()).toContain('Redis refused a subscription'), patiently);
    await admin.acl('SETUSER', 'default', 'allchannels');
    await made;
  });

  it('keeps installations that share it apart', async () => {
    const redis = await start();
    const [one, other] = [open(`${redis.url}/1`).pubsub, open(`${redis.url}/2`).pubsub];
    const heard: unknown[] = [];
    await one.subscribe('market', (message) => heard.push(message));
    await vi.waitFor(() => expect(other.isUp()).toBe(true), patiently);
    other.publish('market', 'foreign');
    one.publish('market', 'own');
    await vi.waitFor(() => expect(heard).toContain('own'), patiently);
    expect(heard).toEqual(['own']);
  });
});
