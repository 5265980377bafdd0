/** A command that the database does not answer in time: whoever asked is told so, and its key keeps it from being done twice. */

import { expect, it, vi } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';

const { db } = await createTestDatabase();
const market = createMarket(db);

it('is Unavailable after five seconds; saved after all, the same key answers what became of it', async () => {
  const [customer, vendor, other] = [await market.customer(), await market.vendor(), await market.vendor()];
  const orderId = await market.order(customer);
  const bid = { orderId, amount: '10', idempotencyKey: 'late' };
  const [locked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lock = db.$client.begin(async (sql) => {
    // A process that pauses for so long would be cut off.
    await sql`set local idle_in_transaction_session_timeout = 0`;
    await sql`select from orders where id = ${orderId} for update`;
    locked.resolve();
    await held.promise;
  });
  await locked.promise;

  const began = performance.now();
  const first = market.commands.placeBid(vendor, bid);
  const failed = expect(first).rejects.toMatchObject({ name: 'Unavailable', retryAfter: 1 });
  // Waits behind the first, and is given up before its turn comes: it is never begun.
  await vi.waitFor(async () => {
    const [row] = await db.$client`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    expect(row?.['count']).toBe(1);
  }, patiently);
  const behind = market.commands.placeBid(other, { orderId, amount: '9', idempotencyKey: 'never' });
  await expect(behind).rejects.toMatchObject({ name: 'Unavailable' });
  await failed;
  expect(performance.now() - began).toBeLessThan(7_000);

  held.resolve();
  await lock;
  const again = done(await market.commands.placeBid(vendor, bid));
  expect(codeOf(await market.commands.placeBid(vendor, bid))).toBe('done');
  expect(done(await market.commands.placeBid(vendor, bid)).bidId).toBe(again.bidId);
  const bids = await db.$client`select vendor_id, revision from bids where order_id = ${orderId}`;
  expect(bids).toEqual([{ vendor_id: vendor.id, revision: 1 }]);
  expect(market.rung.filter(({ kind, topic }) => kind === 'bidPlaced' && topic === `order:${orderId}`)).toHaveLength(1);
});
