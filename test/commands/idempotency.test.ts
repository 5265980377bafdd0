/** Idempotency keys: the same key and input has one effect and one outcome. */

import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { orders } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';

const { db } = await createTestDatabase();
const here = createMarket(db);
const there = createMarket(db);
const both = [here, there] as const;

const posting = (title: string, idempotencyKey: string | null) => ({ title, currency: 'INR', idempotencyKey });

it('repeated twenty times at once through two processes, an order is posted once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const customer = await here.customer();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        (both[nth % 2] as Market).commands.createOrder(customer, posting('Chairs', 'once')),
      ),
    );
    expect(new Set(outcomes.map((outcome) => done(outcome).orderId)).size).toBe(1);
    expect(await db.select().from(orders).where(eq(orders.customerId, customer.id))).toHaveLength(1);
  }
});

it('the same key with other input is refused', async () => {
  const customer = await here.customer();
  done(await here.commands.createOrder(customer, posting('Chairs', 'key')));
  expect(codeOf(await here.commands.createOrder(customer, posting('Tables', 'key')))).toBe('IDEMPOTENCY_KEY_REUSED');
});

it('an input left out and one that is null are the same input', async () => {
  const customer = await here.customer();
  const first = done(await here.commands.createOrder(customer, posting('Chairs', 'key')));
  const again = { ...posting('Chairs', 'key'), externalId: null, closesAt: null };
  expect(done(await here.commands.createOrder(customer, again))).toEqual(first);
});

it('keys are each viewer’s and each mutation’s own', async () => {
  const [customer, other, vendor] = [await here.customer(), await here.customer(), await here.vendor()];
  const mine = done(await here.commands.createOrder(customer, posting('Chairs', 'key'))).orderId;
  const theirs = done(await here.commands.createOrder(other, posting('Tables', 'key'))).orderId;
  expect(theirs).not.toBe(mine);
  done(await here.commands.placeBid(vendor, { orderId: mine, amount: '10', idempotencyKey: 'key' }));
  expect(codeOf(await here.commands.cancelOrder(customer, { orderId: mine, idempotencyKey: 'key' }))).toBe('done');
});

it('what was refused is not kept', async () => {
  const [customer, vendor] = [await here.customer(), await here.vendor()];
  const orderId = await here.order(customer);
  const tooLow = { orderId, amount: '0', idempotencyKey: 'key' };
  expect(codeOf(await here.commands.placeBid(vendor, tooLow))).toBe('INVALID_INPUT');
  expect(codeOf(await here.commands.placeBid(vendor, { ...tooLow, amount: '10' }))).toBe('done');
});

it('a repeat of a bid answers as the first did, and places nothing', async () => {
  const [customer, vendor] = [await here.customer(), await here.vendor()];
  const orderId = await here.order(customer);
  const bid = { orderId, amount: '10', idempotencyKey: 'key' };
  const [first, second] = await Promise.all([here.commands.placeBid(vendor, bid), here.commands.placeBid(vendor, bid)]);
  expect(done(second)).toEqual(done(first));
  expect(done(await there.commands.placeBid(vendor, bid))).toEqual(done(first));
  const [order] = await db.select().from(orders).where(eq(orders.id, orderId));
  expect(order?.placements).toBe(1);
});

it('a key of yesterday is free again', async () => {
  const customer = await here.customer();
  const first = done(await here.commands.createOrder(customer, posting('Chairs', 'key'))).orderId;
  await db.execute(
    sql`update idempotency_keys set created_at = now() - interval '25 hours' where viewer_id = ${customer.id}`,
  );
  expect(done(await here.commands.createOrder(customer, posting('Tables', 'key'))).orderId).not.toBe(first);
  expect(codeOf(await here.commands.createOrder(customer, posting('Chairs', 'key')))).toBe('IDEMPOTENCY_KEY_REUSED');
});
