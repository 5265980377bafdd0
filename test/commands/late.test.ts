/** Who is late is judged by the clock, not by whether somebody looked: what the clock did comes first, in the same commit. */

import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { bids, events, orders } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';
import { hour, inMs, timePasses } from '../support/time.ts';

const { db } = await createTestDatabase();
const confirmWithin = 3 * hour;
// Nobody keeps time here but where a test asks for it.
const here = createMarket(db, undefined, confirmWithin);
const there = createMarket(db, undefined, confirmWithin);

type Scene = { customer: Viewer; vendor: Viewer; rival: Viewer; orderId: string; bidId: string; rivalBid: string };

/** An order with two bids that closes in an hour. */
async function scene(): Promise<Scene> {
  const [customer, vendor, rival] = [await here.customer(), await here.vendor(), await here.vendor()];
  const orderId = await here.order(customer, { closesAt: inMs(hour) });
  const bidId = await here.bid(vendor, orderId, '100');
  return { customer, vendor, rival, orderId, bidId, rivalBid: await here.bid(rival, orderId, '110') };
}

/** One that has just closed, unseen. */
async function closedScene(): Promise<Scene> {
  const scenery = await scene();
  await timePasses(db, scenery.orderId, hour);
  return scenery;
}

/** What happened since the bids. */
const happened = async (orderId: string): Promise<string[]> =>
  (
    await db
      .select()
      .from(events)
      .where(eq(events.topic, `order:${orderId}`))
      .orderBy(events.position)
  )
    .slice(3)
    .map(({ kind, data }) => {
      const { status, answer } = data as { status?: string; answer?: string };
      return [kind, status ?? answer].filter(Boolean).join(' ');
    });
const statusOf = async (orderId: string) => (await db.select().from(orders).where(eq(orders.id, orderId)))[0]?.status;
const bidsOf = async (orderId: string) =>
  (await db.select().from(bids).where(eq(bids.orderId, orderId)).orderBy(bids.placement)).map(({ status }) => status);

describe('after closesAt', () => {
  it('a bid is refused, and with that the order is closed', async () => {
    const { vendor, orderId } = await closedScene();
    expect(codeOf(await here.commands.placeBid(vendor, { orderId, amount: '90' }))).toBe('ORDER_NOT_OPEN');
    expect(await happened(orderId)).toEqual(['orderUpdated CLOSED']);
    expect(await statusOf(orderId)).toBe('CLOSED');
  });

  it('a confirmation stands behind the close', async () => {
    const { customer, orderId, bidId } = await closedScene();
    done(await here.commands.confirmBid(customer, { bidId, revision: 1 }));
    expect(await happened(orderId)).toEqual(['orderUpdated CLOSED', 'bidConfirmed', 'orderUpdated CONFIRMED']);
  });

  it('so does a cancellation', async () => {
    const { customer, orderId } = await closedScene();
    done(await here.commands.cancelOrder(customer, { orderId }));
    expect(await happened(orderId)).toEqual(['orderUpdated CLOSED', 'orderUpdated CANCELLED']);
  });

  it('of many commands on two processes at once, with the clock’s own, it is closed once, before all else', async () => {
    for (let time = 0; time < 5; time += 1) {
      const { customer, vendor, rival, orderId, bidId } = await closedScene();
      await Promise.all([
        here.commands.placeBid(vendor, { orderId, amount: '90' }),
        there.commands.placeBid(rival, { orderId, amount: '90' }),
        here.commands.keepTime(),
        there.commands.confirmBid(customer, { bidId, revision: 1 }),
        there.commands.keepTime(),
        here.commands.requestNegotiation(customer, { orderId, message: 'Lower?' }),
      ]);
      const [first, ...rest] = await happened(orderId);
      expect(first).toBe('orderUpdated CLOSED');
      expect(rest.filter((what) => what === 'orderUpdated CLOSED')).toEqual([]);
      expect(rest).toContain('bidConfirmed');
    }
  });
});

describe('after acceptBy', () => {
  const lapsed = async (acceptBy: number) => {
    const scenery = await scene();
    const { customer, orderId, bidId } = scenery;
    done(await here.commands.confirmBid(customer, { bidId, revision: 1, acceptBy: inMs(acceptBy) }));
    await timePasses(db, orderId, acceptBy);
    return scenery;
  };

  it.each(['acceptConfirmation', 'declineConfirmation'] as const)('%s is refused: it has lapsed', async (act) => {
    const { vendor, orderId, bidId } = await lapsed(hour / 2);
    expect(codeOf(await here.commands[act](vendor, { bidId }))).toBe('NO_CONFIRMATION_PENDING');
    expect((await happened(orderId)).slice(2)).toEqual(['confirmationAnswered LAPSED', 'orderUpdated OPEN']);
    expect(await bidsOf(orderId)).toEqual(['DECLINED', 'ACTIVE']);
  });

  it('another bid can be confirmed, behind the lapse', async () => {
    const { customer, orderId, rivalBid } = await lapsed(2 * hour);
    done(await there.commands.confirmBid(customer, { bidId: rivalBid, revision: 1 }));
    expect((await happened(orderId)).slice(2)).toEqual([
      'confirmationAnswered LAPSED',
      'orderUpdated CLOSED',
      'bidConfirmed',
      'orderUpdated CONFIRMED',
    ]);
  });

  it('the same bid can be placed again', async () => {
    const { vendor, orderId } = await lapsed(hour / 2);
    done(await here.commands.placeBid(vendor, { orderId, amount: '150' }));
    expect((await happened(orderId)).slice(2)).toEqual([
      'confirmationAnswered LAPSED',
      'orderUpdated OPEN',
      'bidPlaced',
    ]);
  });
});

describe('after respondBy', () => {
  const asked = async ({ customer, orderId }: Scene) =>
    done(await here.commands.requestNegotiation(customer, { orderId, message: 'Lower?', respondBy: inMs(hour / 2) }))
      .negotiationId;

  it('a closed order takes no bids any more', async () => {
    const closed = await closedScene();
    const { vendor, orderId } = closed;
    const negotiationId = await asked(closed);
    done(await here.commands.placeBid(vendor, { orderId, amount: '90', negotiationId }));
    await timePasses(db, orderId, hour / 2);
    expect(codeOf(await here.commands.placeBid(vendor, { orderId, amount: '80' }))).toBe('ORDER_NOT_OPEN');
  });

  it('an open one takes none that answers the round', async () => {
    const open = await scene();
    const { vendor, orderId } = open;
    const answer = { orderId, amount: '80', negotiationId: await asked(open) };
    await timePasses(db, orderId, hour / 2);
    expect(codeOf(await here.commands.placeBid(vendor, answer))).toBe('INVALID_INPUT');
    done(await here.commands.placeBid(vendor, { ...answer, negotiationId: null }));
  });
});

describe('after the time to confirm', () => {
  it('the order has expired with all of its bids, though the command at hand knew of one', async () => {
    const { customer, orderId, bidId } = await closedScene();
    await timePasses(db, orderId, confirmWithin);
    expect(codeOf(await here.commands.confirmBid(customer, { bidId, revision: 1 }))).toBe('ORDER_ENDED');
    expect(await happened(orderId)).toEqual(['orderUpdated CLOSED', 'orderUpdated EXPIRED']);
    expect(await bidsOf(orderId)).toEqual(['LOST', 'LOST']);
  });

  it('a bid that was confirmed in time and declined since leaves the whole time anew', async () => {
    const { customer, vendor, orderId, bidId } = await closedScene();
    done(await here.commands.confirmBid(customer, { bidId, revision: 1 }));
    await timePasses(db, orderId, hour);
    done(await here.commands.declineConfirmation(vendor, { bidId }));
    const [order] = await db.select().from(orders).where(eq(orders.id, orderId));
    const declined = (await db.select().from(events).where(eq(events.orderId, orderId))).find(
      ({ kind }) => kind === 'confirmationAnswered',
    );
    const confirmBy = new Date(Number(declined?.at) + confirmWithin);
    expect(order).toMatchObject({ status: 'CLOSED', confirmBy, dueAt: confirmBy });
  });
});

it('no bid stands behind the close, nor was decided after closesAt, whoever races it on two processes', async () => {
  const both = [here, there] as const;
  const [customer, vendors] = [await here.customer(), await here.vendors(20)];
  const closesAt = inMs(1_500);
  const posted = await Promise.all(
    Array.from({ length: 10 }, () => here.order(customer, { closesAt, visibility: 'OPEN' })),
  );
  const bidding = vendors.map(async (vendor, nth) => {
    const market = both[nth % 2] as Market;
    for (let amount = 100_000; ; amount -= 1) {
      const outcomes = await Promise.all(
        posted.map((orderId) => market.commands.placeBid(vendor, { orderId, amount: String(amount) })),
      );
      if (outcomes.every((outcome) => codeOf(outcome) === 'ORDER_NOT_OPEN')) return;
    }
  });
  const keeping = both.map(async ({ commands }) => {
    while ((await Promise.all(posted.map(statusOf))).includes('OPEN')) await commands.keepTime();
  });
  await Promise.all([...bidding, ...keeping]);
  const topics = posted.flatMap((id) => [`order:${id}`, `order:${id}:vendors`]);
  for (const topic of topics) {
    const entries = await db.select().from(events).where(eq(events.topic, topic)).orderBy(events.position);
    const close = entries.findIndex(({ kind }) => kind === 'orderUpdated');
    const told = entries.map(({ kind }) => kind);
    expect(told.filter((kind) => kind === 'orderUpdated')).toHaveLength(1);
    expect(close).toBeGreaterThan(told.indexOf('bidPlaced'));
    expect(told.slice(close + 1).filter((kind) => kind === 'bidPlaced')).toEqual([]);
    for (const { at } of entries.slice(0, close)) expect(at < closesAt).toBe(true);
    expect(Number(entries[close]?.at)).toBeGreaterThanOrEqual(Number(closesAt));
  }
});
