/** Pruning: from the lowest number upward, only what is old enough, with the floor in the same statement. */

import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { createHistory } from '../../src/db/events.ts';
import { markRead } from '../../src/db/notification-marks.ts';
import { events, idempotencyKeys, topics } from '../../src/db/tables.ts';
import { userTopic } from '../../src/domain/topics.ts';
import { prune } from '../../src/jobs/prune.ts';
import { judge } from '../../src/pubsub/history.ts';
import { append } from '../support/append.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket } from '../support/market.ts';

const { db } = await createTestDatabase();
const history = createHistory(db);
const pruned = async (eventRetentionDays = 30) => (await prune({ db, eventRetentionDays })).events;

/** So many events in a topic, each so many days old. */
async function aged(topic: string, days: number[]): Promise<void> {
  const entries = await append(db.$client, topic, days.length);
  for (const [nth, { position }] of entries.entries()) {
    await db.execute(sql`update events set at = now() - make_interval(days => ${days[nth]}, secs => 60)
      where topic = ${topic} and position = ${position}`);
  }
}

const headOf = async (topic: string) => (await db.select().from(topics).where(eq(topics.topic, topic)))[0];
const numbersOf = async (topic: string) =>
  (await db.select().from(events).where(eq(events.topic, topic)).orderBy(events.position)).map(
    ({ position }) => position,
  );

test.each([
  ['market', [8, 7, 6, 1], [3, 4]],
  ['sessions', [8, 7, 6, 1], [3, 4]],
  ['user:a', [31, 30, 29, 8], [3, 4]],
  ['order:a', [1000, 999, 998], [1, 2, 3]],
  ['order:a:vendors', [1000, 999, 998], [1, 2, 3]],
])('of %s whose events are %j days old, %j are kept', async (topic, days, kept) => {
  await aged(topic, days);
  await pruned();
  expect(await numbersOf(topic)).toEqual(kept);
  expect((await headOf(topic))?.floor).toBe(days.length - kept.length);
});

test('a user’s events are kept for as long as is configured', async () => {
  await aged('user:b', [8, 4, 2]);
  await pruned(7);
  expect(await numbersOf('user:b')).toEqual([2, 3]);
  await pruned(3);
  expect(await numbersOf('user:b')).toEqual([3]);
});

test('what a user was told is kept until it has read it, and what comes after with it', async () => {
  const market = createMarket(db);
  const [service, customer] = [await market.user('SERVICE'), await market.customer()];
  const topic = userTopic(customer.id);
  // Its own doing, which tells it nothing; then twice as a customer what it has not read, between them as neither.
  const orderId = await market.order(customer);
  const vendor = await market.vendor();
  await market.bid(vendor, orderId, '20');
  await market.commands.requestNegotiation(customer, { orderId, message: 'Lower' });
  await market.commands.notify(service, { to: customer.externalId, action: 'hello' });
  await market.bid(vendor, orderId, '10');
  await db.execute(sql`update events set at = now() - interval '40 days' where topic = ${topic}`);
  const entries = (await history.page(topic, 0, 10)).entries;
  expect(entries.map(({ kind }) => kind)).toEqual(['bidPlaced', 'negotiationRequested', 'notified', 'bidPlaced']);
  const read = async (party: 'CUSTOMER' | 'VENDOR', nth: number) => {
    const [place] = entries.slice(nth);
    if (place) await markRead(db, { userId: customer.id, party }, place);
    await pruned();
    return numbersOf(topic);
  };
  await pruned();
  expect(await numbersOf(topic)).toEqual([1, 2, 3, 4]);
  // What it has read as another that it acts as counts for neither's alone.
  expect(await read('VENDOR', 3)).toEqual([1, 2, 3, 4]);
  expect(await read('CUSTOMER', 0)).toEqual([4]);
  expect(await read('CUSTOMER', 3)).toEqual([]);
});

test('it stops at the first event that is still young, though older ones follow', async () => {
  await aged('user:c', [40, 40, 1, 40, 40]);
  await pruned();
  expect(await numbersOf('user:c')).toEqual([3, 4, 5]);
});

test('the floor has the number and tag of the last event that went: pages lead on from there, and from nowhere before', async () => {
  await aged('user:d', [40, 40, 40, 1, 1]);
  const [, , third] = (await history.page('user:d', 0, 10)).entries;
  await pruned();
  expect(await headOf('user:d')).toMatchObject({ head: 5, floor: 3, floorTag: BigInt(third?.tag ?? 0) });
  const floor = { position: 3, tag: third?.tag ?? '' };
  expect(judge(await history.page('user:d', 3, 10), floor, 10)).toBe('leads on');
  expect(judge(await history.page('user:d', 2, 10), { position: 2, tag: '0' }, 10)).toBe('elsewhere');
});

test('a topic that is pruned to its head goes on with the next number', async () => {
  await aged('user:e', [40, 40]);
  await pruned();
  expect(await headOf('user:e')).toMatchObject({ head: 2, floor: 2 });
  expect((await append(db.$client, 'user:e', 2)).map(({ position }) => position)).toEqual([3, 4]);
  expect((await history.page('user:e', 2, 10)).entries).toHaveLength(2);
});

test('several at once and while others append, each event goes once and no number is missing', async () => {
  const names = Array.from({ length: 5 }, (_, nth) => `user:busy-${nth}`);
  for (const name of names) await append(db.$client, name, 1_200);
  await db.execute(sql`update events set at = now() - interval '40 days' where topic like 'user:busy-%'`);
  const appending = names.map(async (name) => {
    for (let nth = 0; nth < 20; nth += 1) await append(db.$client, name, 3);
  });
  const counts = await Promise.all([pruned(), pruned(), pruned()]);
  await Promise.all(appending);
  expect(counts.reduce((sum, count) => sum + count)).toBe(5 * 1_200);
  for (const name of names) {
    expect(await headOf(name)).toMatchObject({ head: 1_260, floor: 1_200 });
    expect(await numbersOf(name)).toEqual(Array.from({ length: 60 }, (_, nth) => 1_201 + nth));
  }
});

test('idempotency keys go after their 24 hours', async () => {
  const market = createMarket(db);
  const customer = await market.customer();
  const posting = (idempotencyKey: string) => ({ title: 'Chairs', currency: 'INR', idempotencyKey });
  for (const key of ['old', 'young']) await market.commands.createOrder(customer, posting(key));
  await db.execute(sql`update idempotency_keys set created_at = now() - interval '25 hours' where key = 'old'`);
  expect((await prune({ db, eventRetentionDays: 30 })).keys).toBe(1);
  expect((await db.select().from(idempotencyKeys)).map(({ key }) => key)).toEqual(['young']);
});

test('deliveries are kept as long as what is in them, a week at least', async () => {
  const { id: userId } = await createMarket(db).vendor();
  for (const days of [6, 8, 31]) {
    const state = days === 8 ? 'FAILED' : 'SENT';
    await db.execute(sql`insert into deliveries (id, user_id, channel, state, positions, next_at, created_at, ended_at)
      values (gen_random_uuid(), ${userId}, 'EMAIL', ${state}, '{1}', now(), now() - make_interval(days => ${days}), now())`);
  }
  expect((await prune({ db, eventRetentionDays: 30 })).deliveries).toBe(1);
  expect((await prune({ db, eventRetentionDays: 1 })).deliveries).toBe(1);
  expect((await prune({ db, eventRetentionDays: 1 })).deliveries).toBe(0);
});
