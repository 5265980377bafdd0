import postgres from 'postgres';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { PubSub } from '../../src/pubsub/pubsub.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { servers } from '../support/servers.ts';
import { forget } from './forget.ts';
import { all, brokers, createWorld, numbers, placeOf, take } from './world.ts';

/** An older copy of a database takes its place, under everybody who is connected. */
async function copyOf(url: string): Promise<{ restore(): Promise<void> }> {
  const name = new URL(url).pathname.slice(1);
  const copy = `${name}_copy`;
  const admin = async (work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> => {
    const sql = postgres(servers().postgresUrl, { max: 1, onnotice: () => {} });
    try {
      await work(sql);
    } finally {
      await sql.end();
    }
  };
  /** Nobody may be connected, and everybody connects again by itself. */
  const alone = async (sql: postgres.Sql, work: () => Promise<unknown>): Promise<void> => {
    await sql`alter database ${sql(name)} with allow_connections false`;
    await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = ${name}`;
    await work();
  };
  await admin(async (sql) => {
    await alone(sql, () => sql`create database ${sql(copy)} template ${sql(name)}`);
    await sql`alter database ${sql(name)} with allow_connections true`;
  });
  return {
    restore: () =>
      admin((sql) =>
        alone(sql, async () => {
          await sql`drop database ${sql(name)}`;
          await sql`alter database ${sql(copy)} rename to ${sql(name)}`;
        }),
      ),
  };
}

const { db, url } = await createTestDatabase();

/** Each of its connections was cut, and may not have noticed yet: what is asked on it next would fail. */
async function connectedAgain(): Promise<void> {
  const askAll = () => Promise.all(Array.from({ length: 10 }, () => db.$client`select pg_sleep(0.02)`));
  await vi.waitFor(askAll, patiently);
}

describe.each(brokers)('a database restored from an older copy, over %s', (_, broker) => {
  it('ends all members of topics that were ahead of it, and starts those anew', async () => {
    const world = createWorld(db, await broker(), { timings: { sweepEvery: 100, rest: 50 } });
    const { hub, write } = world;
    const [same, ahead, idle] = ['same', 'ahead', 'idle'].map((name) => `${name}:${_}`) as [string, string, string];
    await write(same, 3);
    const kept = await write(ahead, 3);
    await write(idle, 3);
    const copy = await copyOf(url);
    await connectedAgain();
    const lost = await write(ahead, 250);
    const lostToo = await write(idle, 1);
    const ofSame = await hub.follow({ topic: same, after: null, wants: all });
    const live = await hub.follow({ topic: ahead, after: null, wants: all });
    const behind = await hub.follow({ topic: ahead, after: placeOf(kept[0]), wants: all });
    const quiet = await hub.follow({ topic: idle, after: placeOf(lostToo[0]), wants: all });
    expect(numbers(await take(behind, 1))).toEqual([2]);

    await copy.restore();
    await connectedAgain();
    const expired = { name: 'CursorExpired', topic: ahead, oldest: { position: 0, tag: '0' } };
    // The same numbers, given out again for other events.
    const again = await write(ahead, 5);
    expect(numbers(again)).toEqual(numbers(lost.slice(0, 5)));
    await expect(live.next()).rejects.toMatchObject(expired);
    await expect(quiet.next()).rejects.toMatchObject({ ...expired, topic: idle });
    await expect(take(behind, 252)).rejects.toMatchObject(expired);
    await expect(hub.follow({ topic: ahead, after: placeOf(lost[2]), wants: all })).rejects.toMatchObject(expired);
    expect(hub.stats().members).toBe(1);

    const resumed = await hub.follow({ topic: ahead, after: placeOf(kept[0]), wants: all });
    expect(await take(resumed, 7)).toEqual([...kept.slice(1), ...again]);
    const [more] = await write(same);
    expect(await take(ofSame, 1)).toEqual([more]);
  });

  it('is noticed though the topic has caught up meanwhile, and no ring told of it', async () => {
    const world = createWorld(db, await broker(), { timings: { sweepEvery: 100, rest: 50 } });
    const topic = `level:${_}`;
    await world.write(topic, 2);
    const copy = await copyOf(url);
    await connectedAgain();
    const lost = await world.write(topic, 4);
    const member = await world.hub.follow({ topic, after: null, wants: all });
    await copy.restore();
    await connectedAgain();
    const again = await world.writeSilently(topic, 6);
    expect(again.length).toBeGreaterThan(lost.length);
    await expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired', topic });
  });
});

describe.each(brokers)('a ring that speaks of another database, over %s', (_, broker) => {
  it('comes late, of a history that is no more: nothing of it is handed on', async () => {
    const topic = `late:${_}`;
    const writer = createWorld(db, await broker());
    await writer.write(topic, 3);
    const copy = await copyOf(url);
    await connectedAgain();
    const source = await writer.source();
    const lost = await writer.writeSilently(topic, 2);
    await copy.restore();
    await connectedAgain();
    const { hub, ring, write, history } = createWorld(db, await broker());
    const member = await hub.follow({ topic, after: null, wants: all });
    await ring(lost, source);
    // It says that there is something to read, and there is not.
    await vi.waitFor(() => expect(history.count.page).toBeGreaterThan(0), patiently);
    const again = await write(topic);
    expect(numbers(again)).toEqual([4]);
    expect(await take(member, 1)).toEqual(again);
  });

  it('comes first, of a copy that was put back: all topics are compared with it at once', async () => {
    const [rung, idle] = ['rung', 'idle'].map((name) => `early-${name}:${_}`) as [string, string];
    const { hub, write } = createWorld(db, await broker(), { timings: { rest: 50 } });
    await write(rung, 2);
    await write(idle, 2);
    const copy = await copyOf(url);
    await connectedAgain();
    const lost = await write(idle, 1);
    await hub.follow({ topic: rung, after: null, wants: all });
    const quiet = await hub.follow({ topic: idle, after: placeOf(lost[0]), wants: all });
    await copy.restore();
    await connectedAgain();
    await write(rung);
    await expect(quiet.next()).rejects.toMatchObject({ name: 'CursorExpired', topic: idle });
  });
});

describe('a topic whose last events were taken back', () => {
  const broker = (): PubSub => createMemoryPubSub();

  it('is noticed once the database answers again after it did not', async () => {
    const world = createWorld(db, broker(), { timings: { sweepEvery: 50, rest: 50 } });
    await world.write('taken', 5);
    const member = await world.hub.follow({ topic: 'taken', after: null, wants: all });
    const ended = expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired' });
    const { sweep } = world.history.count;
    await vi.waitFor(() => expect(world.history.count.sweep).toBeGreaterThan(sweep + 2), patiently);
    world.history.away = true;
    await vi.waitFor(() => expect(world.hub.status()).toBe('degraded'), patiently);
    await forget(db, 'taken', 3);
    world.history.away = false;
    await ended;
  });

  it('is noticed by the sweep when a number is given out again that nobody here remembers', async () => {
    const world = createWorld(db, broker(), { timings: { sweepEvery: 50, rest: 50 } });
    await world.write('doubled', 5);
    const member = await world.hub.follow({ topic: 'doubled', after: null, wants: all });
    await forget(db, 'doubled', 3);
    await world.write('doubled');
    await expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired' });
  });

  it('is noticed by the ring when a number is given out again that was just handed on', async () => {
    const world = createWorld(db, broker());
    const member = await world.hub.follow({ topic: 'rung', after: null, wants: all });
    await world.write('rung', 5);
    await take(member, 5);
    await forget(db, 'rung', 3);
    await world.write('rung');
    await expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired' });
  });

  it('ends a member that stood ahead of it too, though nothing ever comes to contradict it', async () => {
    const world = createWorld(db, broker(), { timings: { patience: 60_000, sweepEvery: 50, rest: 50 } });
    await world.write('alone', 10);
    await world.hub.follow({ topic: 'alone', after: null, wants: all });
    world.history.away = true;
    await vi.waitFor(() => expect(world.hub.status()).toBe('degraded'), patiently);
    world.history.away = false;
    const [, last] = await world.writeSilently('alone', 2);
    const member = await world.hub.follow({ topic: 'alone', after: placeOf(last), wants: all });
    world.history.away = true;
    await vi.waitFor(() => expect(world.hub.status()).toBe('degraded'), patiently);
    await forget(db, 'alone', 10);
    world.history.away = false;
    await expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired' });
  });

  it('ends a member too that stood ahead of what its process had heard', async () => {
    const world = createWorld(db, broker(), { timings: { patience: 60_000 } });
    await world.write('early', 10);
    await world.hub.follow({ topic: 'early', after: null, wants: all });
    const [, last] = await world.writeSilently('early', 2);
    const member = await world.hub.follow({ topic: 'early', after: placeOf(last), wants: all });
    await forget(db, 'early', 10);
    const ended = expect(member.next()).rejects.toMatchObject({ name: 'CursorExpired' });
    await world.write('early', 4);
    await ended;
  });
});
