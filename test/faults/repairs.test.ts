/** Each repair of the hub switched off in turn: what it guards is then seen by the checker, so the checker can be believed. */

import { describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import type { Appended } from '../../src/domain/history.ts';
import type { Member } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { Timings } from '../../src/pubsub/timings.ts';
import { all, createWorld, placeOf, take, type World } from '../pubsub/world.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { compare, type Event } from './checker.ts';

const { db } = await createTestDatabase();
const never = 3_600_000;
let topics = 0;

/** What the tables have of a topic, as the checker reads it. */
async function committed(topic: string): Promise<Event[]> {
  return (await db.$client.unsafe(
    `select topic, position::int, id, kind, '' as order, null as party, '' as about from events where topic = $1 order by position`,
    [topic],
  )) as unknown as Event[];
}

/** Notes what a member hands out, for as long as it does. */
function listen(member: Member): { received: Entry[]; error: () => unknown } {
  const received: Entry[] = [];
  let error: unknown;
  void (async () => {
    for await (const entry of member) received.push(entry);
  })().catch((thrown: unknown) => {
    error = thrown;
  });
  return { received, error: () => error };
}

async function verdict(topic: string, received: readonly Entry[], others: readonly Entry[] = []) {
  const expected = await committed(topic);
  return compare(expected, received, new Set([...expected, ...others].map(({ id }) => id)));
}

async function follow(timings: Partial<Timings>): Promise<{ world: World; topic: string; member: Member }> {
  const world = createWorld(db, createMemoryPubSub(), { timings });
  const topic = `repaired:${++topics}`;
  await world.write(topic);
  return { world, topic, member: await world.hub.follow({ topic, after: { position: 0, tag: '0' }, wants: all }) };
}

describe('the sweep, which guards a topic that falls silent after a lost ring', () => {
  const silence = async (timings: Partial<Timings>) => {
    const { world, topic, member } = await follow(timings);
    const { received } = listen(member);
    await vi.waitFor(() => expect(received).toHaveLength(1), patiently);
    world.pubsub.trouble.lose = 1;
    await world.write(topic, 3);
    return { topic, received };
  };

  it('leaves nothing missing', async () => {
    const { topic, received } = await silence({ sweepEvery: 50 });
    await vi.waitFor(() => expect(received).toHaveLength(4), patiently);
    expect(await verdict(topic, received)).toMatchObject({ missing: 0, outOfOrder: 0, repeated: 0 });
  });

  it('switched off is caught: what was committed is missing', async () => {
    const { topic, received } = await silence({ sweepEvery: never });
    await expect(vi.waitFor(() => expect(received).toHaveLength(4), { timeout: 500 })).rejects.toBeDefined();
    expect(await verdict(topic, received)).toMatchObject({ missing: 3 });
  });
});

describe('reading what a jump left out, which guards a lost ring between others', () => {
  const jump = async (timings: Partial<Timings>) => {
    const { world, topic, member } = await follow(timings);
    const { received } = listen(member);
    await vi.waitFor(() => expect(received).toHaveLength(1), patiently);
    await world.writeSilently(topic, 2);
    await world.write(topic, 2);
    return { topic, received };
  };

  it('leaves nothing missing', async () => {
    const { topic, received } = await jump({ sweepEvery: never });
    await vi.waitFor(() => expect(received).toHaveLength(5), patiently);
    expect(await verdict(topic, received)).toMatchObject({ missing: 0, outOfOrder: 0, repeated: 0 });
  });

  it('switched off is caught: the lost ones and what follows them are missing', async () => {
    const { topic, received } = await jump({ sweepEvery: never, patience: never });
    await expect(vi.waitFor(() => expect(received).toHaveLength(5), { timeout: 500 })).rejects.toBeDefined();
    expect(await verdict(topic, received)).toMatchObject({ missing: 4 });
  });
});

describe('the look at the heads, which guards against another history', () => {
  const restore = async (timings: Partial<Timings>) => {
    const { world, topic, member } = await follow(timings);
    const heard = listen(member);
    await world.write(topic, 4);
    await vi.waitFor(() => expect(heard.received).toHaveLength(5), patiently);
    await db.$client.begin(async (sql) => {
      await sql`delete from events where topic = ${topic} and position > 3`;
      await sql`update topics set head = 3, tag = events.tag from events
        where topics.topic = ${topic} and events.topic = ${topic} and position = 3`;
    });
    await world.writeSilently(topic, 2);
    return { topic, ...heard };
  };

  it('tells the reader to begin anew', async () => {
    const { error } = await restore({ sweepEvery: 50 });
    await vi.waitFor(() => expect(error()).toMatchObject({ name: 'CursorExpired' }), patiently);
  });

  it('switched off is caught: the reader has what is no more, and misses what took its place', async () => {
    const { topic, received, error } = await restore({ sweepEvery: never });
    await expect(vi.waitFor(() => expect(error()).toBeDefined(), { timeout: 500 })).rejects.toBeDefined();
    expect(await verdict(topic, received)).toMatchObject({ unknown: 2, missing: 2 });
  });
});

describe('the cursor, which guards what happens while a reader is away', () => {
  const comeBack = async (withCursor: boolean) => {
    const { world, topic, member } = await follow({});
    const before = await take(member, 1);
    await member.return();
    await world.write(topic, 3);
    const after = withCursor ? placeOf(before[0]) : null;
    const { received } = listen(await world.hub.follow({ topic, after, wants: all }));
    await world.write(topic, 1);
    await vi.waitFor(() => expect(received).toHaveLength(withCursor ? 4 : 1), patiently);
    return verdict(topic, [...before, ...received]);
  };

  it('leaves nothing missing', async () => {
    expect(await comeBack(true)).toMatchObject({ missing: 0, outOfOrder: 0, repeated: 0 });
  });

  it('left out is caught: what fell in between is missing', async () => {
    expect(await comeBack(false)).toMatchObject({ missing: 3 });
  });
});

describe('numbers, which guard against rings that cross or come twice', () => {
  it('keep each event once and in order; passed by, the checker sees both', async () => {
    const { world, topic, member } = await follow({ sweepEvery: never });
    const { received } = listen(member);
    const raw: Entry[] = [];
    await world.pubsub.subscribe(topic, (message) => raw.push(...(message as Appended).entries));
    world.pubsub.trouble.double = 0.5;
    world.pubsub.trouble.delay = 0.5;
    for (let nth = 0; nth < 60; nth += 1) await world.write(topic);
    await vi.waitFor(() => expect(received).toHaveLength(61), patiently);
    await vi.waitFor(() => expect(new Set(raw.map(({ id }) => id)).size).toBe(60), patiently);
    expect(await verdict(topic, received)).toMatchObject({ missing: 0, outOfOrder: 0, repeated: 0 });
    const { outOfOrder, repeated } = await verdict(topic, raw);
    expect(outOfOrder).toBeGreaterThan(0);
    expect(repeated).toBeGreaterThan(0);
  });

  it('of another topic are not taken: handed on to the wrong reader, the checker sees it', async () => {
    const { world, topic, member } = await follow({});
    const received = await take(member, 1);
    const strange = await world.write(`${topic}:other`, 2);
    expect(await verdict(topic, [...received, ...strange], strange)).toMatchObject({ wrongViewer: 2, missing: 0 });
  });
});
