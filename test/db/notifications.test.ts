/** What users were told, as it is read back: lists, what is unread, and marks that only move up. */

import { expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { countUnread, markRead, marksOfUsers } from '../../src/db/notification-marks.ts';
import { notificationList, notificationsById, type Reader } from '../../src/db/notifications.ts';
import type { Entry } from '../../src/domain/events.ts';
import { placeOf } from '../../src/domain/history.ts';
import { isRead } from '../../src/domain/notification.ts';
import { userTopic } from '../../src/domain/topics.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done } from '../support/market.ts';

const { db } = await createTestDatabase();
const market = createMarket(db);
const service = await market.user('SERVICE');

const notify = async (to: Viewer, action = 'hello') =>
  done(await market.commands.notify(service, { to: to.externalId, action })).notificationId;

const all = { limit: 100, backward: false, after: null, before: null };
const listOf = async (reader: Reader, page: Partial<Parameters<typeof notificationList>[2]> = {}) =>
  notificationList(db, reader, { ...all, ...page });
const readerOf = ({ id, role }: Viewer): Reader => ({ userId: id, party: role === 'SERVICE' ? null : role });
const kindsOf = (entries: readonly Entry[]) => entries.map(({ kind }) => kind);

/** One user that is a customer here and a vendor there, told as both and as neither, five times in all. */
async function twoSided() {
  const customer = await market.customer();
  const vendor: Viewer = { ...customer, role: 'VENDOR' };
  await market.bid(await market.vendor(), await market.order(customer), '10');
  const elsewhere = await market.customer();
  const orderId = await market.order(elsewhere);
  const bidId = await market.bid(vendor, orderId, '20');
  await notify(customer);
  done(await market.commands.requestNegotiation(elsewhere, { orderId, message: 'Lower, please' }));
  await market.bid(await market.vendor(), await market.order(customer), '30');
  done(await market.commands.confirmBid(elsewhere, { bidId, revision: 1 }));
  return { customer, vendor };
}

it('lists what a user was told as one that it acts as, newest first, and not its own doing', async () => {
  const { customer, vendor } = await twoSided();
  expect(kindsOf((await listOf(readerOf(customer))).rows)).toEqual(['bidPlaced', 'notified', 'bidPlaced']);
  expect(kindsOf((await listOf(readerOf(vendor))).rows)).toEqual(['bidConfirmed', 'negotiationRequested', 'notified']);
  expect(kindsOf((await listOf({ userId: customer.id, party: null })).rows)).toEqual(['notified']);
});

it('pages by position, both ways, with the heads of the moment', async () => {
  const { customer } = await twoSided();
  const reader = readerOf(customer);
  const { rows, more, viewerHead } = await listOf(reader);
  expect(more).toBe(false);
  const [newest, middle, oldest] = rows as [Entry, Entry, Entry];
  expect(await listOf(reader, { limit: 1 })).toMatchObject({ rows: [newest], more: true });
  expect(await listOf(reader, { limit: 1, after: newest })).toMatchObject({ rows: [middle], more: true });
  expect(await listOf(reader, { after: middle })).toMatchObject({ rows: [oldest], more: false });
  expect(await listOf(reader, { backward: true, limit: 2 })).toMatchObject({ rows: [middle, oldest], more: true });
  expect(await listOf(reader, { backward: true, limit: 2, before: middle })).toMatchObject({ rows: [newest] });
  const id = await notify(customer);
  const [last] = await notificationsById(db, customer.id, [id]);
  expect((await listOf(reader, { limit: 0 })).viewerHead).toEqual(placeOf(last as Entry));
  expect(viewerHead.position).toBe((last as Entry).position - 1);
});

it('a mark moves up only, counts for what its user acts as, and for what is told whatever it acts as', async () => {
  const { customer, vendor } = await twoSided();
  const unread = () => Promise.all([countUnread(db, readerOf(customer)), countUnread(db, readerOf(vendor))]);
  expect(await unread()).toEqual([3, 3]);
  const [newest, notified] = (await listOf(readerOf(customer))).rows as [Entry, Entry];
  const asCustomer = { userId: customer.id, party: 'CUSTOMER' } as const;
  expect(await markRead(db, asCustomer, placeOf(notified))).toBeNull();
  expect(await unread()).toEqual([1, 2]);
  expect(await markRead(db, asCustomer, placeOf(newest))).toBeNull();
  expect(await markRead(db, asCustomer, placeOf(notified))).toBeNull();
  expect(await unread()).toEqual([0, 2]);
  const marks = (await marksOfUsers(db, [customer.id])).get(customer.id);
  expect(marks).toEqual({ CUSTOMER: newest.position, VENDOR: 0 });
  const vendors = (await listOf(readerOf(vendor))).rows;
  expect(vendors.map((entry) => isRead(entry, marks ?? { CUSTOMER: 0, VENDOR: 0 }))).toEqual([false, false, true]);
});

it('a place of another history marks nothing, and is told where there is history', async () => {
  const customer = await market.customer();
  const as = { userId: customer.id, party: 'CUSTOMER' } as const;
  await notify(customer);
  expect(await markRead(db, as, { position: 1, tag: '12345' })).toEqual({ position: 0, tag: '0' });
  expect(await markRead(db, as, { position: 1_000_000, tag: '0' })).toEqual({ position: 0, tag: '0' });
  expect(await markRead(db, as, { position: 0, tag: '0' })).toBeNull();
  expect(await countUnread(db, readerOf(customer))).toBe(1);
});

it('is found by its id by its own user’s topic only', async () => {
  const [customer, other] = [await market.customer(), await market.customer()];
  const ids = [await notify(customer), await notify(customer), await notify(other)];
  const found = async ({ id }: Viewer) =>
    (await notificationsById(db, id, ids)).map((entry) => [entry.id, entry.topic]);
  expect(new Set(await found(customer))).toEqual(new Set(ids.slice(0, 2).map((id) => [id, userTopic(customer.id)])));
  expect(await found(other)).toEqual([[ids[2], userTopic(other.id)]]);
});

it('lists and counts by the index, however much there is beside', async () => {
  const { id } = await market.customer();
  await db.$client.unsafe(
    `with heads as (insert into topics (topic, head, tag) values ($1, 20000, 0) returning topic)
    insert into events (topic, position, tag, id, kind, data, party, told, at)
    select topic, n, n, gen_random_uuid(), 'notified', '{}', case when n % 2 = 0 then 'CUSTOMER'::party end, n % 10 < 2, now()
    from heads, generate_series(1, 20000) n`,
    [userTopic(id)],
  );
  await db.$client.unsafe('vacuum analyze events');
  const before = performance.now();
  expect((await listOf({ userId: id, party: 'CUSTOMER' })).rows.map(({ position }) => position).slice(0, 3)).toEqual([
    20_000, 19_991, 19_990,
  ]);
  expect(await countUnread(db, { userId: id, party: 'CUSTOMER' })).toBe(4_000);
  expect(performance.now() - before).toBeLessThan(1_000);
  const plan = await db.$client.unsafe<{ 'QUERY PLAN': string }[]>(
    `explain select count(*) from events e where e.topic = $1 and e.told and e.party = 'CUSTOMER' and e.position > 19000`,
    [userTopic(id)],
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Only Scan using events_told');
});
