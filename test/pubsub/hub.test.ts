/** What the hub hands on, over each broker: what is committed, to each who follows, once and in order. */

import { describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
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
