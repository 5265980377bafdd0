/** Processes keep deadlines together: each order once, whoever dies or hangs, and at little cost while nothing is due. */

import { eq, sql } from 'drizzle-orm';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { claimDue } from '../../src/db/deadlines.ts';
import { inTransaction } from '../../src/db/statement.ts';
import { orders } from '../../src/db/tables.ts';
import { startDeadlines } from '../../src/jobs/deadlines.ts';
import { createLog } from '../../src/log.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done, type Market } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';
import { hour, inMs, past } from '../support/time.ts';

const { db } = await createTestDatabase();
const log = createLog({ level: 'silent', pretty: false, output: process.stderr });

/** As a process does it, until the end of the test. */
function keepDeadlines({ commands }: Market): void {
  const deadlines = startDeadlines({ db, commands, log });
  onTestFinished(() => deadlines.stop());
}

const post = (market: Market, customer: Viewer, count: number, closesAt: Date): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => market.order(customer, { closesAt })));
const closedOf = async (customer: Viewer): Promise<number> => {
  const rows = await db.select().from(orders).where(eq(orders.customerId, customer.id));
  return rows.filter(({ status }) => status === 'CLOSED').length;
};

test('two processes close each of 1,000 orders once, and share them', async () => {
  const both = [createMarket(db), createMarket(db)] as const;
  const customer = await both[0].customer();
  const closesAt = inMs(3_000);
  const posted = await post(both[0], customer, 1_000, closesAt);
  both[0].rung.length = 0;
  await past(db, closesAt);
  const from = performance.now();
  for (const market of both) keepDeadlines(market);
  await vi.waitFor(async () => expect(await closedOf(customer)).toBe(1_000), patiently);
  const took = performance.now() - from;
  const rung = both.map((market) => market.rung.filter(({ topic }) => topic === 'market'));
  const shares = rung.map((own) => own.length);
  console.log(`1,000 orders closed ${took.toFixed(0)} ms after both processes began, ${shares.join(' and ')} of them`);
  const once = rung.flat().map(({ orderId }) => orderId);
  expect(once).toHaveLength(1_000);
  expect(new Set(once)).toEqual(new Set(posted));
  for (const share of shares) expect(share).toBeGreaterThan(0);
});

test('what one has in hand the other leaves alone, and takes when that one hangs for five seconds', async () => {
  const market = createMarket(db);
  const customer = await market.customer();
  const closesAt = inMs(300);
  await post(market, customer, 4, closesAt);
  await past(db, closesAt);
  const hanging = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<string[]>();
  const other = inTransaction(db.$client, async (transaction) => {
    claimed.resolve(await claimDue(transaction, { most: 3, except: [] }));
    await hanging.promise;
  });
  const cut = expect(other).rejects.toThrow('CONNECTION_CLOSED');
  expect(await claimed.promise).toHaveLength(3);
  keepDeadlines(market);
  await vi.waitFor(async () => expect(await closedOf(customer)).toBe(1), patiently);
  await vi.waitFor(async () => expect(await closedOf(customer)).toBe(4), patiently);
  hanging.resolve();
  await cut;
});

test('an order that cannot be brought up to date holds up no other', async () => {
  const market = createMarket(db);
  const customer = await market.customer();
  const closesAt = inMs(500);
  const [broken = ''] = await post(market, customer, 9, closesAt);
  // Its next event would leave a gap, which the database refuses.
  await db.execute(sql`update topics set head = head + 5 where topic = ${`order:${broken}`}`);
  onTestFinished(async () => void (await db.execute(sql`update orders set due_at = null where id = ${broken}`)));
  await past(db, closesAt);
  keepDeadlines(market);
  await vi.waitFor(async () => expect(await closedOf(customer)).toBe(8), patiently);
  const [left] = await db.select().from(orders).where(eq(orders.id, broken));
  expect(left?.status).toBe('OPEN');
});

test('while nothing is due a process asks once a second', async () => {
  const market = createMarket(db);
  const customer = await market.customer();
  const orderId = await market.order(customer, { closesAt: inMs(hour) });
  const asked = vi.spyOn(db.$client, 'unsafe');
  const begun = vi.spyOn(db.$client, 'begin');
  onTestFinished(() => void [asked, begun].map((spy) => spy.mockRestore()));
  keepDeadlines(market);
  const from = performance.now();
  // The first comes at once.
  await vi.waitFor(() => expect(asked.mock.calls.length).toBe(5), patiently);
  const seconds = (performance.now() - from) / 1_000;
  console.log(`${(4 / seconds).toFixed(2)} statements a second while idle`);
  expect(seconds).toBeGreaterThan(3.9);
  expect(begun).not.toHaveBeenCalled();
  done(await market.commands.cancelOrder(customer, { orderId }));
});

test('the look for what is due is by the index alone, however many orders there are', async () => {
  await db.execute(sql`analyze orders`);
  const plans = await Promise.all(
    [
      sql`explain select min(due_at) from orders where due_at is not null`,
      sql`explain select id from orders where due_at <= statement_timestamp() order by due_at limit 256 for no key update skip locked`,
    ].map(async (query) => JSON.stringify(await db.execute(query))),
  );
  for (const plan of plans) {
    expect(plan).toContain('orders_due');
    expect(plan).not.toContain('Seq Scan');
  }
});

test('no number is missing after all of it', async () => {
  const gaps = await db.execute(sql`
    select topic from events group by topic
    having count(*) <> max(position) - min(position) + 1`);
  expect([...gaps]).toEqual([]);
});
