/** Many commands at once, in one process and in two: each with its own answer, every event numbered without gaps. */

import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { bids, confirmations, events, orders, topics } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';

const { db } = await createTestDatabase();
const here = createMarket(db);
/** Another process: its own queue and its own batches, on the same database. */
const there = createMarket(db);
const both = [here, there] as const;

const eventsOf = (topic: string) => db.select().from(events).where(eq(events.topic, topic)).orderBy(events.position);

async function expectNumbered(topic: string): Promise<void> {
  const numbers = (await eventsOf(topic)).map((event) => event.position);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  const [head] = await db.select().from(topics).where(eq(topics.topic, topic));
  expect(head?.head).toBe(numbers.length);
}

/** Everything both rang, each at the place where it is stored. */
function rungOf(topic: string): number[] {
  return both
    .flatMap((market) => market.rung.filter((entry) => entry.topic === topic).map((entry) => entry.position))
    .sort((a, b) => a - b);
}

describe('fifty at once', () => {
  it('confirm one order: one wins, the others are told which bid waits', async () => {
    const customer = await here.customer();
    const orderId = await here.order(customer);
    const vendors = await here.vendors(50);
    const placed = await Promise.all(vendors.map((vendor, nth) => here.bid(vendor, orderId, String(100 + nth))));
    const outcomes = await Promise.all(
      placed.map((bidId, nth) => (both[nth % 2] as Market).commands.confirmBid(customer, { bidId, revision: 1 })),
    );
    const winners = outcomes.filter((outcome) => codeOf(outcome) === 'done').map((outcome) => done(outcome).bidId);
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if ('refused' in outcome) expect(outcome.refused).toEqual({ code: 'CONFIRMATION_PENDING', bidId: winners[0] });
    }
    expect(await db.select().from(confirmations).where(eq(confirmations.orderId, orderId))).toHaveLength(1);
    await expectNumbered(`order:${orderId}`);
  });

  it('are answered before what was decided after them is rung', async () => {
    const customer = await here.customer();
    const orderId = await here.order(customer, { visibility: 'OPEN' });
    const [first, second] = [await here.vendors(50), await here.vendors(50)];
    const rung = (): number => rungOf(`order:${orderId}:vendors`).length;
    const bid = (vendor: (typeof first)[number]) => here.commands.placeBid(vendor, { orderId, amount: '10' });
    const answered = first.map(async (vendor) => {
      expect(codeOf(await bid(vendor))).toBe('done');
      // As an answer that is executed takes: the next batch is saved meanwhile.
      const until = performance.now() + 3;
      while (performance.now() < until);
      return rung();
    });
    // Once the first are on their way.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const after = second.map(bid);
    expect(await Promise.all(answered)).toEqual(first.map(() => 50));
    await Promise.all(after);
    expect(rung()).toBe(100);
  });

  it('bid on one order through two processes: numbers 1 to n, each event as its answer said', async () => {
    const customer = await here.customer();
    const orderId = await here.order(customer, { visibility: 'OPEN' });
    const vendors = await here.vendors(50);
    const answers = await Promise.all(
      vendors.map(async (vendor, nth) => {
        const market = both[nth % 2] as Market;
        const taken: string[] = [];
        for (let amount = 120; amount > 100; amount -= 1) {
          const outcome = await market.commands.placeBid(vendor, { orderId, amount: `${amount}.50` });
          expect(codeOf(outcome)).toBe('done');
          taken.push(`${done(outcome).bidId} ${amount}.50`);
        }
        return taken;
      }),
    );
    for (const topic of [`order:${orderId}`, `order:${orderId}:vendors`, `user:${customer.id}`]) {
      await expectNumbered(topic);
      const stored = await eventsOf(topic);
      expect(rungOf(topic)).toEqual(stored.map((event) => event.position));
    }
    const told = (await eventsOf(`order:${orderId}:vendors`)).map(
      (event) => event.data as { bidId: string; amount: string; revision: number },
    );
    expect(told.map(({ bidId, amount }) => `${bidId} ${amount}`).sort()).toEqual(answers.flat().sort());
    // Each bidder's own revisions come in its own order.
    for (const [bidId, revisions] of Map.groupBy(told, (event) => event.bidId)) {
      expect([bidId, revisions.map((event) => event.revision)]).toEqual([
        bidId,
        Array.from({ length: 20 }, (_, nth) => nth + 1),
      ]);
    }
    const [order] = await db.select().from(orders).where(eq(orders.id, orderId));
    expect(order?.placements).toBe(50 * 20);
  });

  it('accept against cancel through two processes: the first commit wins', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [customer, vendor] = [await here.customer(), await here.vendor()];
      const orderId = await here.order(customer);
      const bidId = await here.bid(vendor, orderId, '100');
      done(await here.commands.confirmBid(customer, { bidId, revision: 1 }));
      const [accepted, cancelled] = await Promise.all([
        here.commands.acceptConfirmation(vendor, { bidId }),
        there.commands.cancelOrder(customer, { orderId }),
      ]);
      const codes = [codeOf(accepted), codeOf(cancelled)];
      expect([
        ['done', 'ORDER_ENDED'],
        ['NO_CONFIRMATION_PENDING', 'done'],
      ]).toContainEqual(codes);
      await expectNumbered(`order:${orderId}`);
    }
  });

  it('post orders through two processes: the market counts them all', async () => {
    const customer = await here.customer();
    await Promise.all(Array.from({ length: 50 }, (_, nth) => (both[nth % 2] as Market).order(customer)));
    await expectNumbered('market');
  });
});

describe('a batch', () => {
  it('fails only the command at fault', async () => {
    const customer = await here.customer();
    const vendors = await here.vendors(20);
    const orderId = await here.order(customer);
    // A vendor that the users table does not know breaks a foreign key, and with it the whole statement.
    const stranger = { ...(vendors[0] as (typeof vendors)[number]), id: crypto.randomUUID() };
    const outcomes = await Promise.allSettled(
      [...vendors, stranger].map((vendor) => here.commands.placeBid(vendor, { orderId, amount: '10' })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([...vendors.map(() => 'fulfilled'), 'rejected']);
    expect(await db.select().from(bids).where(eq(bids.orderId, orderId))).toHaveLength(20);
    await expectNumbered(`order:${orderId}`);
  });

  it('decides in the order of asking: a lower bid of the same turn is seen by the next', async () => {
    const [customer, vendor] = [await here.customer(), await here.vendor()];
    const orderId = await here.order(customer);
    const outcomes = await Promise.all(
      ['100', '90', '95', '80'].map((amount) => here.commands.placeBid(vendor, { orderId, amount })),
    );
    expect(outcomes.map(codeOf)).toEqual(['done', 'done', 'BID_NOT_LOWER', 'done']);
    expect(outcomes[2]).toEqual({ refused: { code: 'BID_NOT_LOWER', highest: '89.99', currency: 'INR' } });
  });

  it('writes nothing for what it refuses', async () => {
    const [customer, vendor] = [await here.customer(), await here.vendor()];
    const orderId = await here.order(customer);
    const before = await db.execute(
      sql`select (select count(*) from events) as events, (select sum(version) from orders) as versions`,
    );
    expect(codeOf(await here.commands.placeBid(vendor, { orderId, amount: '-1' }))).toBe('INVALID_INPUT');
    expect(codeOf(await here.commands.placeBid(vendor, { orderId: crypto.randomUUID(), amount: '1' }))).toBe(
      'NOT_FOUND',
    );
    expect(codeOf(await here.commands.placeBid(customer, { orderId, amount: '1' }))).toBe('FORBIDDEN');
    expect(codeOf(await here.commands.placeBid({ ...customer, role: 'VENDOR' }, { orderId, amount: '1' }))).toBe(
      'FORBIDDEN',
    );
    expect(codeOf(await here.commands.requestNegotiation(customer, { orderId, message: 'lower' }))).toBe(
      'NO_ACTIVE_BIDS',
    );
    const after = await db.execute(
      sql`select (select count(*) from events) as events, (select sum(version) from orders) as versions`,
    );
    expect([...after]).toEqual([...before]);
  });
});

describe('deadlines', () => {
  it('are the database’s: no bid is numbered after the close, whoever waits for a lock', async () => {
    const [customer, vendors] = [await here.customer(), await here.vendors(8)];
    const orderId = await here.order(customer, { closesAt: new Date(Date.now() + 2_000) });
    const closed = await Promise.all(
      vendors.map(async (vendor, nth) => {
        for (let amount = 100_000; ; amount -= 1) {
          const outcome = await (both[nth % 2] as Market).commands.placeBid(vendor, {
            orderId,
            amount: String(amount),
          });
          if (codeOf(outcome) !== 'done') return codeOf(outcome);
        }
      }),
    );
    expect(new Set(closed)).toEqual(new Set(['ORDER_NOT_OPEN']));
    const late = await db.execute(sql`select count(*)::int as late from events e join orders o on o.id = e.order_id
      where o.id = ${orderId} and e.kind = 'bidPlaced' and e.at >= o.closes_at`);
    expect([...late]).toEqual([{ late: 0 }]);
  });

  it('that pass while a batch waits for the lock refuse what it had taken', async () => {
    const [customer, vendor] = [await here.customer(), await here.vendor()];
    const closesAt = new Date(Date.now() + 2_000);
    const orderId = await here.order(customer, { closesAt });
    let outcome: Promise<string> | undefined;
    await db.transaction(async (other) => {
      await other.execute(sql`select id from orders where id = ${orderId} for no key update`);
      outcome = here.commands.placeBid(vendor, { orderId, amount: '10' }).then(codeOf);
      // Holds the row until the database's own clock is past the deadline.
      await other.execute(sql`select pg_sleep_until(${closesAt.toISOString()}::timestamptz + interval '20 ms')`);
    });
    expect(await outcome).toBe('ORDER_NOT_OPEN');
    expect(await db.select().from(bids).where(eq(bids.orderId, orderId))).toEqual([]);
  });
});
