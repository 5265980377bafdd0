/** Deadlines are kept without anybody asking: at their moment, once, whichever process looks, and none costs much. */

import { and, eq } from 'drizzle-orm';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { bids, confirmations, events, negotiations, orders } from '../../src/db/tables.ts';
import { startDeadlines } from '../../src/jobs/deadlines.ts';
import { createLog } from '../../src/log.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';
import { hour, inMs, timePasses } from '../support/time.ts';

const { db } = await createTestDatabase();
const log = createLog({ level: 'silent', pretty: false, output: process.stderr });
const confirmWithin = 3 * hour;
const here = createMarket(db, undefined, confirmWithin);
/** Another process on the same database. */
const there = createMarket(db, undefined, confirmWithin);

/** As a process does it, until the end of the test. */
function keepDeadlines({ commands }: Market): void {
  const deadlines = startDeadlines({ db, commands, log });
  onTestFinished(() => deadlines.stop());
}

/** What happened to an order, in its order. */
const happened = async (orderId: string): Promise<string[]> =>
  (await entriesOf(orderId)).map(({ kind, data }) => {
    const { status, answer } = data as { status?: string; answer?: string };
    return [kind, status ?? answer].filter(Boolean).join(' ');
  });
const entriesOf = (orderId: string) =>
  db
    .select()
    .from(events)
    .where(eq(events.topic, `order:${orderId}`))
    .orderBy(events.position);
const toldTo = async ({ id }: Viewer): Promise<string[]> =>
  (
    await db
      .select()
      .from(events)
      .where(and(eq(events.topic, `user:${id}`), eq(events.told, true)))
      .orderBy(events.position)
  ).map(({ kind }) => kind);
const statusOf = async (orderId: string) => (await db.select().from(orders).where(eq(orders.id, orderId)))[0]?.status;
const bidOf = async (bidId: string) => (await db.select().from(bids).where(eq(bids.id, bidId)))[0]?.status;

test('an order closes at closesAt and, where nothing is confirmed in time, expires', async () => {
  keepDeadlines(here);
  const [customer, vendor, gone] = [await here.customer(), await here.vendor(), await here.vendor()];
  const closesAt = inMs(2_000);
  const orderId = await here.order(customer, { closesAt });
  const [active, withdrawn] = [await here.bid(vendor, orderId, '100'), await here.bid(gone, orderId, '90')];
  done(await here.commands.withdrawBid(gone, { bidId: withdrawn }));

  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('CLOSED'), patiently);
  const closed = (await entriesOf(orderId)).at(-1);
  await timePasses(db, orderId, confirmWithin - 1_000);
  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('EXPIRED'), patiently);
  const expired = (await entriesOf(orderId)).at(-1);
  expect(await happened(orderId)).toEqual([
    'orderOpened',
    'bidPlaced',
    'bidPlaced',
    'bidWithdrawn',
    'orderUpdated CLOSED',
    'orderUpdated EXPIRED',
  ]);
  expect(Number(closed?.at) - Number(closesAt)).toBeGreaterThanOrEqual(0);
  expect(Number(closed?.at) - Number(closesAt)).toBeLessThan(1_000);
  expect(Number(expired?.at) - Number(closesAt)).toBeGreaterThanOrEqual(1_000);
  expect(Number(expired?.at) - Number(closesAt)).toBeLessThan(2_000);
  expect([await bidOf(active), await bidOf(withdrawn)]).toEqual(['LOST', 'WITHDRAWN']);
  expect((await toldTo(customer)).slice(-2)).toEqual(['orderUpdated', 'orderUpdated']);
  expect([await toldTo(vendor), await toldTo(gone)]).toEqual([['orderUpdated'], []]);
  // All who may see the order hear of it, and so does the market.
  for (const topic of [`order:${orderId}:vendors`, 'market']) {
    const heard = await db
      .select()
      .from(events)
      .where(and(eq(events.topic, topic), eq(events.orderId, orderId)));
    expect(heard.filter(({ kind }) => kind === 'orderUpdated')).toHaveLength(2);
  }
});

test('a confirmation lapses at acceptBy: declined by nobody, both told, and the order open again', async () => {
  keepDeadlines(here);
  const [customer, vendor] = [await here.customer(), await here.vendor()];
  const orderId = await here.order(customer);
  const bidId = await here.bid(vendor, orderId, '100');
  done(await here.commands.confirmBid(customer, { bidId, revision: 1, acceptBy: inMs(hour) }));
  await timePasses(db, orderId, hour);
  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('OPEN'), patiently);
  expect((await happened(orderId)).slice(-3)).toEqual([
    'orderUpdated CONFIRMED',
    'confirmationAnswered LAPSED',
    'orderUpdated OPEN',
  ]);
  expect(await toldTo(customer)).toEqual(['bidPlaced', 'confirmationAnswered']);
  expect(await toldTo(vendor)).toEqual(['bidConfirmed', 'confirmationAnswered']);
  expect(await bidOf(bidId)).toBe('DECLINED');
  expect(codeOf(await here.commands.acceptConfirmation(vendor, { bidId }))).toBe('NO_CONFIRMATION_PENDING');
  expect(codeOf(await here.commands.placeBid(vendor, { orderId, amount: '120' }))).toBe('done');
});

test('a round ends at respondBy, and an order that waited for it expires then', async () => {
  keepDeadlines(here);
  const [customer, vendor] = [await here.customer(), await here.vendor()];
  const orderId = await here.order(customer, { closesAt: inMs(hour) });
  await here.bid(vendor, orderId, '100');
  const respondBy = inMs(3 * hour + confirmWithin);
  done(await here.commands.requestNegotiation(customer, { orderId, message: 'Lower?', respondBy }));
  await timePasses(db, orderId, 2 * hour + confirmWithin);
  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('CLOSED'), patiently);
  done(await there.commands.placeBid(vendor, { orderId, amount: '90' }));
  await timePasses(db, orderId, hour);
  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('EXPIRED'), patiently);
  const [round] = await db.select().from(negotiations).where(eq(negotiations.orderId, orderId));
  expect(round?.endedAt).toEqual(round?.respondBy);
  expect((await happened(orderId)).slice(-3)).toEqual(['orderUpdated CLOSED', 'bidPlaced', 'orderUpdated EXPIRED']);
});

test('a process that starts after all of it catches up, in the order in which it would have happened', async () => {
  const [customer, vendor, other] = [await here.customer(), await here.vendor(), await here.vendor()];
  const orderId = await here.order(customer, { closesAt: inMs(hour) });
  const bidId = await here.bid(vendor, orderId, '100');
  const left = await here.bid(other, orderId, '110');
  done(await here.commands.confirmBid(customer, { bidId, revision: 1, acceptBy: inMs(2 * hour) }));
  await timePasses(db, orderId, 2 * hour + confirmWithin);
  keepDeadlines(there);
  await vi.waitFor(async () => expect(await statusOf(orderId)).toBe('EXPIRED'), patiently);
  expect((await happened(orderId)).slice(-3)).toEqual([
    'confirmationAnswered LAPSED',
    'orderUpdated CLOSED',
    'orderUpdated EXPIRED',
  ]);
  expect([await bidOf(bidId), await bidOf(left)]).toEqual(['DECLINED', 'LOST']);
  const [confirmation] = await db.select().from(confirmations).where(eq(confirmations.bidId, bidId));
  expect(confirmation).toMatchObject({ answer: 'LAPSED', endedAt: confirmation?.acceptBy });
});
