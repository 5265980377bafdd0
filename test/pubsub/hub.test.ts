import { describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import { CursorExpired } from '../../src/pubsub/cursor.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createTestDatabase } from '../support/database.ts';
import { all, brokers, createWorld, numbers, placeOf, run, take } from './world.ts';

const { db } = await createTestDatabase({ connections: 3 });
let topics = 0;
const newTopic = (): string => `order:${++topics}`;

describe.each(brokers)('the hub over %s', (_, broker) => {
  it('hands on what is committed once following has begun, to each of a topic’s members, as the same frozen object', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    await write(topic, 3);
    const members = await Promise.all([1, 2, 3].map(() => hub.follow({ topic, after: null, wants: all })));
    const written = await write(topic, 5);
    const heard = await Promise.all(members.map((member) => take(member, 5)));
    for (const entries of heard) expect(entries).toEqual(written);
    expect(heard[0]?.[0]).toBe(heard[1]?.[0]);
    expect(Object.isFrozen(heard[0]?.[0]?.data)).toBe(true);
  });

  it('goes on after a cursor, through history into what happens now', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    const written = await write(topic, 700);
    const member = await hub.follow({ topic, after: placeOf(written[49]), wants: all });
    expect(await take(member, 650)).toEqual(written.slice(50));
    const [next] = await write(topic);
    expect(await take(member, 1)).toEqual([next]);
  });

  it('starts a topic that never had an event from nothing', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    const fromNow = await hub.follow({ topic, after: null, wants: all });
    const fromStart = await hub.follow({ topic, after: { position: 0, tag: '0' }, wants: all });
    const written = await write(topic, 2);
    expect(await take(fromNow, 2)).toEqual(written);
    expect(await take(fromStart, 2)).toEqual(written);
  });

  it('hands nothing to one who begins from now on that was committed before, even if the topic has not heard of it', async () => {
    const { hub, write, writeSilently } = createWorld(db, await broker());
    const topic = newTopic();
    await hub.follow({ topic, after: null, wants: all });
    await writeSilently(topic, 3);
    const member = await hub.follow({ topic, after: null, wants: all });
    await write(topic);
    expect(numbers(await take(member, 1))).toEqual([4]);
  });

  it('reads what a lost ring would have told as soon as the next one shows it', async () => {
    const { hub, write, writeSilently } = createWorld(db, await broker());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    await writeSilently(topic, 4);
    await write(topic);
    expect(numbers(await take(member, 5))).toEqual(run(1, 5));
  });

  it('finds by the sweep what no ring ever told', async () => {
    const { hub, writeSilently } = createWorld(db, await broker(), { timings: { sweepEvery: 50 } });
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    await writeSilently(topic, 450);
    expect(numbers(await take(member, 450))).toEqual(run(1, 450));
  });

  it('passes over what a member does not want, and still goes on from there', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    const tenth = await hub.follow({ topic, after: null, wants: ({ position }) => position % 10 === 0 });
    const none = await hub.follow({ topic, after: null, wants: () => false });
    void none.next();
    await write(topic, 300);
    expect(numbers(await take(tenth, 30))).toEqual(run(1, 30).map((number) => number * 10));
    await none.return();
  });

  it('reads all heads that are asked for together in one statement', async () => {
    const { hub, history } = createWorld(db, await broker(), { timings: { acknowledge: 5_000 } });
    const names = run(1, 1_000).map(newTopic);
    await Promise.all(names.map((topic) => hub.follow({ topic, after: null, wants: all })));
    expect(history.count.heads).toBeLessThanOrEqual(10);
    expect(history.count.page).toBe(0);
    expect(hub.stats()).toEqual({ topics: 1_000, members: 1_000, groups: [] });
  });

  it('reads a page once for all who come back to the same place', async () => {
    const { hub, history, write } = createWorld(db, await broker());
    const topic = newTopic();
    const written = await write(topic, 150);
    const after = placeOf(written[49]);
    const follow = () => hub.follow({ topic, after, wants: all });
    const members = await Promise.all(run(1, 300).map(follow));
    const heard = await Promise.all(members.map((member) => take(member, 100)));
    for (const entries of heard) expect(entries).toEqual(written.slice(50));
    expect(await take(await follow(), 100)).toEqual(written.slice(50));
    expect(history.count.page).toBe(1);
  });

  it('detaches in the turn in which a member returns', async () => {
    const { hub } = createWorld(db, await broker());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    const waiting = member.next();
    expect(hub.stats().members).toBe(1);
    void member.return();
    expect(hub.stats().members).toBe(0);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await member.next()).toEqual({ done: true, value: undefined });
  });

  it('answers calls that overlap in their order', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    const waiting = run(1, 5).map(() => member.next());
    const written = await write(topic, 5);
    expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(written);
  });

  it('ends only the member whose filter throws', async () => {
    const { hub, write } = createWorld(db, await broker());
    const topic = newTopic();
    const wants = () => {
      throw new Error('a mistake');
    };
    const faulty = await hub.follow({ topic, after: null, wants });
    const other = await hub.follow({ topic, after: null, wants: all });
    const waiting = expect(faulty.next()).rejects.toThrow('a mistake');
    await write(topic, 2);
    await waiting;
    expect(numbers(await take(other, 2))).toEqual([1, 2]);
    expect(hub.stats().members).toBe(1);
  });

  it('ends all members when it closes', async () => {
    const { hub } = createWorld(db, await broker());
    const member = await hub.follow({ topic: newTopic(), after: null, wants: all });
    const waiting = member.next();
    await hub.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(hub.stats()).toEqual({ topics: 0, members: 0, groups: [] });
    await expect(hub.follow({ topic: newTopic(), after: null, wants: all })).rejects.toThrow('closed');
  });

  it('ignores messages that are no events of the topic', async () => {
    const { hub, pubsub, write, source } = createWorld(db, await broker());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    const [foreign] = await write(newTopic());
    const ours = { source: await source() };
    const noEvents = [null, [null], [{ topic, position: 1 }], [foreign]].map((entries) => ({ ...ours, entries }));
    for (const message of ['text', null, 7, {}, [], { entries: [] }, ours, ...noEvents]) pubsub.publish(topic, message);
    const written = await write(topic);
    expect(await take(member, 1)).toEqual(written);
  });

  it('keeps the members that follow through a contradiction that only the ring has', async () => {
    const { hub, ring, write } = createWorld(db, await broker());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: all });
    const [first] = await write(topic, 2);
    await take(member, 2);
    await ring([{ ...(first as Entry), tag: '1' }]);
    await write(topic);
    expect(numbers(await take(member, 1))).toEqual([3]);
  });
});

describe('a cursor that the hub cannot go on from', () => {
  it('is refused when its number has another tag, or was never given out', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    await write(topic, 3);
    const oldest = { position: 0, tag: '0' };
    for (const after of [
      { position: 2, tag: '12345' },
      { position: 3, tag: '12345' },
      { position: 4, tag: '12345' },
      { position: 0, tag: '12345' },
    ]) {
      const refused = hub.follow({ topic, after, wants: all });
      await expect(refused).rejects.toThrow(CursorExpired);
      await expect(refused).rejects.toMatchObject({ topic, oldest });
    }
    expect(hub.stats().members).toBe(0);
  });

  it('is refused with the oldest place there is when it lies below what is kept, and that place is taken', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const written = await write(topic, 10);
    const oldest = placeOf(written[5]);
    await prune(topic, oldest.position);
    await expect(hub.follow({ topic, after: placeOf(written[3]), wants: all })).rejects.toMatchObject({
      topic,
      oldest,
    });
    const member = await hub.follow({ topic, after: oldest, wants: all });
    expect(await take(member, 4)).toEqual(written.slice(6));
  });

  it('ends a member that was pruned past before it pulled', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const written = await write(topic, 2_000);
    const member = await hub.follow({ topic, after: placeOf(written[0]), wants: all });
    await take(member, 1);
    await prune(topic, 1_500);
    await expect(take(member, 1_998)).rejects.toMatchObject({ topic, oldest: placeOf(written[1_499]) });
    expect(hub.stats().members).toBe(0);
  });

  it('is none of a member’s that did not want what was pruned', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: ({ position }) => position > 601 });
    const other = await hub.follow({ topic, after: null, wants: all });
    await write(topic, 601);
    await take(other, 601);
    await prune(topic, 601);
    // More than are kept for one who does not pull: it reads again what it has not seen.
    await write(topic, 100);
    expect(numbers(await take(member, 100))).toEqual(run(602, 701));
  });

  async function prune(topic: string, upTo: number): Promise<void> {
    await db.$client`with pruned as (delete from events where topic = ${topic} and position <= ${upTo} returning position, tag)
      update topics set floor = position, floor_tag = pruned.tag from pruned
      where topics.topic = ${topic} and position = ${upTo}`;
  }
});

describe('a reader that does not pull', () => {
  it('costs no memory, and gets everything in order once it pulls', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const stalled = await hub.follow({ topic, after: null, wants: all });
    const quick = await hub.follow({ topic, after: null, wants: all });
    const padding = 'x'.repeat(2_000);
    const writeSome = async (batches: number): Promise<void> => {
      for (let batch = 0; batch < batches; batch++) {
        await write(topic, 500, padding);
        await take(quick, 500);
      }
    };
    // Each of the pool's connections keeps its last answer: at first that grows.
    await writeSome(20);
    const before = await settledHeap();
    await writeSome(30);
    expect((await settledHeap()) - before).toBeLessThan(8_000_000);
    let last = 0;
    for await (const { position } of stalled) {
      expect(position).toBe(++last);
      if (last === 25_000) break;
    }
    expect(hub.stats().members).toBe(1);
  });

  it('goes on with the first that it did not pull', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const slow = await hub.follow({ topic, after: null, wants: ({ position }) => position % 2 === 0 });
    await write(topic, 20);
    expect(numbers(await take(slow, 3))).toEqual([2, 4, 6]);
    for (let batch = 0; batch < 10; batch++) await write(topic, 50);
    expect(numbers(await take(slow, 257))).toEqual(run(4, 260).map((number) => number * 2));
  });

  async function settledHeap(): Promise<number> {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let times = 0; times < 3; times++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    return process.memoryUsage().heapUsed;
  }
});

describe('a topic that nobody follows any more', () => {
  it('is let go of after the linger, and kept if somebody comes back before', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub(), { timings: { linger: 100 } });
    const topic = newTopic();
    const first = await hub.follow({ topic, after: null, wants: all });
    await first.return?.();
    expect(hub.stats()).toMatchObject({ topics: 1, members: 0 });
    const second = await hub.follow({ topic, after: null, wants: all });
    const left = performance.now();
    await write(topic);
    await take(second, 1);
    await second.return?.();
    await vi.waitFor(() => expect(hub.stats()).toEqual({ topics: 0, members: 0, groups: [] }), {
      timeout: 2_000,
      interval: 5,
    });
    expect(performance.now() - left).toBeGreaterThanOrEqual(99);
  });
});
