import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import { createLog } from '../../src/log.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { PubSub } from '../../src/pubsub/pubsub.ts';
import { createRedisPubSub } from '../../src/pubsub/redis.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { entry } from './entries.ts';

const log = createLog({ level: 'silent', pretty: false, output: process.stderr });

describe.each([
  ['memory', () => createMemoryPubSub()],
  ['Redis', () => createRedisPubSub({ url: installation(), log })],
])('the pub/sub over %s', (_, create) => {
  let pubsub: PubSub;

  beforeAll(async () => {
    pubsub = create();
    await vi.waitFor(() => expect(pubsub.isUp()).toBe(true), { timeout: 10_000 });
  });

  afterAll(() => pubsub.close());

  /** Collects what arrives on a channel; `until` waits for so many. */
  async function listen(channel: string) {
    const heard: unknown[] = [];
    const stop = await pubsub.subscribe(channel, (message) => heard.push(message));
    return { heard, stop, until: (count: number) => vi.waitFor(() => expect(heard).toHaveLength(count), patiently) };
  }

  it('hands every message of a channel on, in order, to each who listens', async () => {
    const [one, other] = [await listen('order:1'), await listen('order:1')];
    for (let number = 0; number < 100; number++) pubsub.publish('order:1', { number });
    await one.until(100);
    await other.until(100);
    expect(one.heard).toEqual(Array.from({ length: 100 }, (_, number) => ({ number })));
    expect(other.heard).toEqual(one.heard);
    one.stop();
    other.stop();
  });

  it('keeps channels apart', async () => {
    const [a, b] = [await listen('a'), await listen('b')];
    pubsub.publish('a', 1);
    pubsub.publish('b', 2);
    await a.until(1);
    await b.until(1);
    expect([a.heard, b.heard]).toEqual([[1], [2]]);
    a.stop();
    b.stop();
  });

  it('delivers in a later turn, as JSON does, and frozen', async () => {
    const { heard, stop, until } = await listen('values');
    const message = { at: new Date(0), absent: undefined, list: [{ deep: true }], text: 'ünïcode \u2028 "' };
    pubsub.publish('values', message);
    message.text = 'changed afterwards';
    expect(heard).toEqual([]);
    await until(1);
    expect(heard).toEqual([{ at: '1970-01-01T00:00:00.000Z', list: [{ deep: true }], text: 'ünïcode \u2028 "' }]);
    const [got] = heard as [{ list: { deep: boolean }[] }];
    expect(() => got.list.push({ deep: false })).toThrow(TypeError);
    expect(() => Object.assign(got.list[0] ?? {}, { deep: false })).toThrow(TypeError);
    stop();
  });

  it('hands on nothing more from the turn in which a listener stopped', async () => {
    const [stopped, staying] = [await listen('stop'), await listen('stop')];
    pubsub.publish('stop', 1);
    stopped.stop();
    stopped.stop();
    await staying.until(1);
    expect(stopped.heard).toEqual([]);
    staying.stop();
  });

  it('can be listened to again at once', async () => {
    const first = await listen('again');
    first.stop();
    const second = await listen('again');
    pubsub.publish('again', 'hello');
    await second.until(1);
    second.stop();
  });

  it('rings each topic of a batch once, its events in order', async () => {
    const [order, market] = [await listen('order:9'), await listen('market')];
    const ring = createRing(pubsub);
    const first = entry(1, 'a', 'order:9');
    const second = entry(2, 'a', 'order:9');
    ring({ source: 'here', entries: [second, entry(5), first] });
    await order.until(1);
    await market.until(1);
    expect(order.heard).toEqual([{ source: 'here', entries: [first, second], heads: {} }]);
    expect(market.heard).toEqual([{ source: 'here', entries: [entry(5)], heads: {} }]);
    order.stop();
    market.stop();
  });

  it('carries to each topic the snapshots of its own orders, how far they have come, and when it was rung', async () => {
    const listening = await listen('market');
    const of = (orderId: string, position: number, topic: string) =>
      ({ ...entry(position, 'a', topic), orderId }) as Entry;
    const one = of('9', 5, 'market');
    const entries = [of('9', 7, 'order:9'), of('9', 8, 'order:9'), one, of('8', 3, 'order:8')];
    createRing(pubsub)({ source: 'here', entries, snapshots: { 8: { order: 'eight' }, 9: { order: 'nine' } } });
    await listening.until(1);
    const along = {
      snapshots: { 9: { order: 'nine' } },
      heads: { 'order:9': 8 },
      rungAt: expect.any(Number) as number,
    };
    expect(listening.heard).toEqual([{ source: 'here', entries: [one], ...along }]);
    listening.stop();
  });
});
