/** Claims on what goes out: who lost one writes nothing any more, and what is told meanwhile is not forgotten. */

import { eq } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import { claimDeliveries, nextDue, record } from '../../src/db/deliveries.ts';
import { claimFallbacks, readAway, settleFallbacks } from '../../src/db/fallbacks.ts';
import { deliveries, fallbacks } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';

const { db } = await createTestDatabase();
const client = db.$client;
/** Due at once. */
const market = createMarket(db, undefined, undefined, 0);
const minute = 60_000;

const service = await market.user('SERVICE');
const tell = async (to: string) => done(await market.commands.notify(service, { to, action: 'x' })).userId;
const claim = (lease: number) => claimFallbacks(client, { lease, limit: 10 });
const rowOf = async (userId: string) => (await db.select().from(fallbacks).where(eq(fallbacks.userId, userId)))[0];
const made = (userId: string) => db.select().from(deliveries).where(eq(deliveries.userId, userId));

async function settle(claims: Awaited<ReturnType<typeof claim>>): Promise<void> {
  const users = await readAway(client, claims);
  const parcels = users.map(({ userId, unread }) => ({
    ...{ userId, channel: 'WEBHOOK' as const, at: new Date(0) },
    positions: unread.map(({ position }) => position),
  }));
  await settleFallbacks(client, { done: claims, parcels, after: 0 });
}

test('one claims what is due, and nobody else until its lease is over', async () => {
  const userId = await tell('leased');
  expect(await claim(minute)).toMatchObject([{ userId, since: 0, upto: 1 }]);
  expect(await claim(minute)).toEqual([]);
});

test('what is told while one looks is looked at next, and none of it twice', async () => {
  const userId = await tell('meanwhile');
  const claims = await claim(minute);
  await tell('meanwhile');
  await settle(claims);
  expect((await made(userId)).map(({ positions }) => positions)).toEqual([[1]]);
  expect(await rowOf(userId)).toMatchObject({ since: 1, upto: 2 });
  await settle(await claim(minute));
  expect((await made(userId)).map(({ positions }) => positions)).toEqual([[1], [2]]);
  expect(await rowOf(userId)).toBeUndefined();
});

test('who is just being told something is waited for', async () => {
  const userId = await tell('busy');
  const claims = await claim(minute);
  const settling = await client.begin(async (telling) => {
    await telling`update fallbacks set upto = 2 where user_id = ${userId}`;
    const begun = settle(claims);
    const waits = () =>
      client`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await vi.waitFor(async () => expect(await waits()).toHaveLength(1), patiently);
    return { begun };
  });
  await settling.begun;
  expect((await made(userId)).map(({ positions }) => positions)).toEqual([[1]]);
  expect(await rowOf(userId)).toMatchObject({ since: 1, upto: 2 });
  await db.delete(fallbacks).where(eq(fallbacks.userId, userId));
});

test('who settles after its lease is over settles nothing', async () => {
  const userId = await tell('stale');
  const stale = await claim(0);
  const fresh = await claim(minute);
  await tell('stale');
  await settle(stale);
  expect(await made(userId)).toEqual([]);
  await settle(fresh);
  await settle(stale);
  await settle(fresh);
  expect((await made(userId)).map(({ positions }) => positions)).toEqual([[1]]);
});

test('who says what became of a delivery after its lease is over says nothing', async () => {
  await db.delete(deliveries);
  const userId = await tell('late');
  await settle(await claim(minute));
  const taken = (lease: number) => claimDeliveries(client, { channel: 'WEBHOOK', lease, limit: 10 });
  const stale = (await taken(0)).at(-1);
  const fresh = (await taken(minute)).at(-1);
  if (!stale || !fresh) throw new Error('Nothing was claimed.');
  expect(await taken(minute)).toEqual([]);
  for (const say of [record.sent, record.dropped]) await say(client, stale);
  await record.failed(client, stale, 'HTTP 500');
  await record.again(client, stale, 'HTTP 500', 0);
  await record.postponed(client, stale, new Date(0));
  expect(await made(userId)).toMatchObject([{ state: 'PENDING', attempts: 2, lease: fresh.lease, lastError: null }]);
  await record.sent(client, fresh);
  await record.failed(client, fresh, 'HTTP 500');
  expect(await made(userId)).toMatchObject([{ state: 'SENT', lease: null, lastError: null }]);
});

test('what is due next is told across fallbacks and channels', async () => {
  await db.delete(deliveries);
  await db.delete(fallbacks);
  expect(await nextDue(client, ['EMAIL', 'WEBHOOK'])).toBeNull();
  const userId = await tell('next');
  const far = { userId, positions: [1], nextAt: new Date(Date.now() + 5 * minute) };
  await db.insert(deliveries).values({ ...far, id: crypto.randomUUID(), channel: 'EMAIL' });
  expect(await nextDue(client, ['EMAIL'])).toBeLessThanOrEqual(0);
  await db.delete(fallbacks);
  expect(await nextDue(client, ['EMAIL', 'WEBHOOK'])).toBeGreaterThan(4 * minute);
  expect(await nextDue(client, ['WEBHOOK'])).toBeNull();
});

test('while no channel is configured nothing piles up', async () => {
  await db.delete(fallbacks);
  const off = createMarket(db);
  done(await off.commands.notify(service, { to: 'off', action: 'x' }));
  expect(await db.select().from(fallbacks)).toEqual([]);
});
