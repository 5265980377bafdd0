/** Lists: their pages in all directions, their order, their filters, and how many statements they take. */

import { describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { done } from '../support/market.ts';
import { createAsking, type Data } from './asking.ts';

const { ask, read, gid, commands, statements, ...market } = await createAsking();

const bidPage = /* GraphQL */ `
  query ($order: ID!, $first: Int, $after: String, $last: Int, $before: String, $status: [BidStatus!]) {
    order(id: $order) {
      bids(first: $first, after: $after, last: $last, before: $before, status: $status) {
        totalCount
        edges { cursor node { amount { amount } status vendor { name } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`;

const bidsOf = async (viewer: Viewer, orderId: string, args: Record<string, unknown> = {}): Promise<Data> =>
  (await read(viewer, bidPage, { order: gid('Order', orderId), ...args })).order.bids;
const names = (page: Data): string[] => page.edges.map((edge: Data) => edge.node.vendor.name);

describe('the bids of an order', () => {
  it('stand lowest first, the earlier where equal, withdrawn and declined last', async () => {
    const customer = await market.customer();
    const orderId = await market.order(customer, { currency: 'JPY' });
    const amounts = { a: '90', b: '100', c: '100', d: '80', e: '100', f: '70', g: '100' };
    const placed: Record<string, { vendor: Viewer; bidId: string }> = {};
    for (const [name, amount] of Object.entries(amounts)) {
      const vendor = await market.vendor(name);
      placed[name] = { vendor, bidId: await market.bid(vendor, orderId, amount) };
    }
    const { b, d, f } = placed;
    if (!b || !d || !f) throw new Error('They were placed');
    done(await commands.withdrawBid(d.vendor, { bidId: d.bidId }));
    done(await commands.confirmBid(customer, { bidId: f.bidId, revision: 1 }));
    done(await commands.declineConfirmation(f.vendor, { bidId: f.bidId }));
    // Withdrawn and placed again at the same amount: later than its equals.
    done(await commands.withdrawBid(b.vendor, { bidId: b.bidId }));
    await market.bid(b.vendor, orderId, '100');
    const order = ['a', 'c', 'e', 'g', 'b', 'f', 'd'];
    expect(names(await bidsOf(customer, orderId))).toEqual(order);
    expect((await bidsOf(customer, orderId)).edges[0].node.amount.amount).toBe('90');

    for (const size of [1, 2, 3, 7]) {
      const forward: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Data = await bidsOf(customer, orderId, { first: size, after });
        forward.push(...names(page));
        expect(page.totalCount).toBe(7);
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(forward).toEqual(order);
      const backward: string[] = [];
      for (let before: string | null = null; ; ) {
        const page: Data = await bidsOf(customer, orderId, { last: size, before });
        backward.unshift(...names(page));
        expect(page.pageInfo.hasNextPage).toBe(before !== null);
        before = page.pageInfo.startCursor;
        if (!page.pageInfo.hasPreviousPage) break;
      }
      expect(backward).toEqual(order);
    }

    const all = await bidsOf(customer, orderId);
    const between = { after: all.edges[1].cursor, before: all.edges[5].cursor };
    expect(names(await bidsOf(customer, orderId, between))).toEqual(['e', 'g', 'b']);
    expect(names(await bidsOf(customer, orderId, { ...between, last: 2 }))).toEqual(['g', 'b']);
    expect(names(await bidsOf(customer, orderId, { ...between, first: 1 }))).toEqual(['e']);

    const retired = await bidsOf(customer, orderId, { status: ['WITHDRAWN', 'DECLINED'] });
    expect([names(retired), retired.totalCount]).toEqual([['f', 'd'], 2]);
    expect(await bidsOf(customer, orderId, { status: [] })).toMatchObject({ edges: [], totalCount: 0 });
    expect(await bidsOf(customer, orderId, { first: 0 })).toMatchObject({
      edges: [],
      totalCount: 7,
      pageInfo: { hasNextPage: true, startCursor: null, endCursor: null },
    });
  });

  it('come 20 at a time if unsaid, 100 at most', async () => {
    const customer = await market.customer();
    const orderId = await market.order(customer);
    const vendors = await market.vendors(25);
    await Promise.all(vendors.map((vendor, nth) => market.bid(vendor, orderId, String(100 + nth))));
    expect((await bidsOf(customer, orderId)).edges).toHaveLength(20);
    expect((await bidsOf(customer, orderId, { first: 100 })).edges).toHaveLength(25);
    const other = (await read(customer, '{ orders { edges { cursor } } }')).orders.edges[0].cursor;
    const refused: Record<string, unknown>[] = [
      { first: 101 },
      { last: 101 },
      { first: -1 },
      { last: -1 },
      { first: 1, last: 1 },
      { after: '' },
      { after: 'nonsense' },
      { before: other },
      { after: Buffer.from('bids|0|1e9|x').toString('base64url') },
      { after: Buffer.from(`bids|0|NaN|${crypto.randomUUID()}`).toString('base64url') },
    ];
    for (const args of refused) {
      const { codes } = await ask(customer, bidPage, { order: gid('Order', orderId), ...args });
      expect([args, codes]).toEqual([args, ['BAD_USER_INPUT']]);
    }
  });
});

const orderPage = /* GraphQL */ `
  query ($first: Int, $after: String, $last: Int, $before: String, $status: [OrderStatus!], $bidOn: Boolean, $externalId: String) {
    orders(first: $first, after: $after, last: $last, before: $before, status: $status, bidOn: $bidOn, externalId: $externalId) {
      edges { cursor node { id status } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const ordersFor = async (viewer: Viewer, args: Record<string, unknown> = {}): Promise<Data> =>
  (await read(viewer, orderPage, args)).orders;
const ids = (page: Data): string[] => page.edges.map((edge: Data) => edge.node.id);

describe('the orders', () => {
  it("are a customer's own, newest first, in pages both ways", async () => {
    const [customer, other] = [await market.customer(), await market.customer()];
    const posted = await Promise.all(Array.from({ length: 7 }, () => market.order(customer)));
    await market.order(other);
    const all = ids(await ordersFor(customer));
    expect(all.toSorted()).toEqual(posted.map((id) => gid('Order', id)).toSorted());
    const forward: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Data = await ordersFor(customer, { first: 3, after });
      forward.push(...ids(page));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(forward).toEqual(all);
    const backward: string[] = [];
    for (let before: string | null = null; ; ) {
      const page: Data = await ordersFor(customer, { last: 2, before });
      backward.unshift(...ids(page));
      before = page.pageInfo.startCursor;
      if (!page.pageInfo.hasPreviousPage) break;
    }
    expect(backward).toEqual(all);
    const last = gid('Order', await market.order(customer));
    expect(ids(await ordersFor(customer, { first: 1 }))).toEqual([last]);
  });

  it("are a vendor's open market and what it has bid on", async () => {
    const [customer, vendor] = [await market.customer(), await market.vendor()];
    const [open, taken, cancelled, taking] = await Promise.all(Array.from({ length: 4 }, () => market.order(customer)));
    if (!open || !taken || !cancelled || !taking) throw new Error('Four were posted');
    await market.bid(vendor, taken, '10');
    await market.bid(vendor, taking, '10');
    done(await commands.cancelOrder(customer, { orderId: taken }));
    done(await commands.cancelOrder(customer, { orderId: cancelled }));
    const seen = async (args: Record<string, unknown>) => {
      const mine = [open, taken, cancelled, taking].map((id) => gid('Order', id));
      return ids(await ordersFor(vendor, { first: 100, ...args }))
        .filter((id) => mine.includes(id))
        .toSorted();
    };
    const globally = (...some: string[]) => some.map((id) => gid('Order', id)).toSorted();
    expect(await seen({})).toEqual(globally(open, taken, taking));
    expect(await seen({ bidOn: true })).toEqual(globally(taken, taking));
    expect(await seen({ bidOn: false })).toEqual(globally(open));
    expect(await seen({ status: ['CANCELLED'] })).toEqual(globally(taken));
    expect(await seen({ status: ['OPEN'], bidOn: true })).toEqual(globally(taking));
    expect(await seen({ status: ['CANCELLED'], bidOn: false })).toEqual([]);
  });

  it('pages of a vendor hold both branches in one order', async () => {
    const [customer, vendor] = [await market.customer(), await market.vendor()];
    for (let nth = 0; nth < 6; nth += 1) {
      const orderId = await market.order(customer);
      if (nth % 2) await market.bid(vendor, orderId, '10');
    }
    const all = ids(await ordersFor(vendor, { first: 100 }));
    const paged: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Data = await ordersFor(vendor, { first: 4, after });
      paged.push(...ids(page));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(paged).toEqual(all);
    expect(ids(await ordersFor(vendor, { last: 3 }))).toEqual(all.slice(-3));
  });

  it('read as CLOSED from closesAt on, by the clock of the database', async () => {
    const [customer, vendor] = [await market.customer(), await market.vendor()];
    const closesAt = new Date(Date.now() + 400);
    const orderId = gid('Order', await market.order(customer, { closesAt }));
    expect(ids(await ordersFor(customer, { status: ['OPEN'] }))).toEqual([orderId]);
    expect(ids(await ordersFor(vendor))).toContain(orderId);
    await expect.poll(async () => (await ordersFor(customer)).edges[0].node.status, { interval: 50 }).toBe('CLOSED');
    expect(ids(await ordersFor(customer, { status: ['OPEN'] }))).toEqual([]);
    expect(ids(await ordersFor(customer, { status: ['CLOSED', 'EXPIRED'] }))).toEqual([orderId]);
    expect(ids(await ordersFor(vendor))).not.toContain(orderId);
    expect(
      (await read(vendor, 'query ($id: ID!) { order(id: $id) { status closesAt } }', { id: orderId })).order,
    ).toEqual({
      status: 'CLOSED',
      closesAt: closesAt.toISOString(),
    });
  });

  it('are all of them for a service, and found by their id in the host application', async () => {
    const [customer, vendor, service] = [await market.customer(), await market.vendor(), await market.user('SERVICE')];
    const about = { title: 'Desk', currency: 'EUR', externalId: 'desk-1' };
    const { orderId } = done(await commands.createOrder(customer, about));
    for (const viewer of [customer, service]) {
      expect(ids(await ordersFor(viewer, { externalId: 'desk-1' }))).toEqual([gid('Order', orderId)]);
      expect(ids(await ordersFor(viewer, { externalId: 'desk' }))).toEqual([]);
      for (const externalId of ['a\u0000b', '\ud800']) {
        expect((await ask(viewer, orderPage, { externalId })).codes).toEqual(['BAD_USER_INPUT']);
      }
      expect((await ask(viewer, orderPage, { bidOn: true })).codes).toEqual(['BAD_USER_INPUT']);
    }
    expect(ids(await ordersFor(service, { first: 100 }))).toContain(gid('Order', orderId));
    expect(await ask(vendor, orderPage, { externalId: 'desk-1' })).toMatchObject({
      codes: ['FORBIDDEN'],
      data: { orders: null },
    });
  });
});

it('orders with their bids and bidders take four statements, however many there are', async () => {
  const [customer, vendors] = [await market.customer(), await market.vendors(4)];
  for (let nth = 0; nth < 5; nth += 1) {
    const orderId = await market.order(customer);
    await Promise.all(vendors.map((vendor, place) => market.bid(vendor, orderId, String(50 + place))));
  }
  const nested = /* GraphQL */ `
    { orders { cursor edges { node { title cursor bids { edges { node { amount { amount } vendor { name } order { status } } } } } } } }
  `;
  const { count, result } = await statements(() => read(customer, nested));
  expect(result.orders.edges.flatMap((edge: Data) => edge.node.bids.edges)).toHaveLength(20);
  expect(count).toBe(3);
  const { count: all } = await statements(() =>
    read(
      customer,
      '{ orders { edges { node { customer { name } negotiations { edges { cursor } } bids { totalCount edges { node { vendor { name } confirmation { answer } } } } } } } }',
    ),
  );
  expect(all).toBeLessThanOrEqual(7);
});

it('the rounds of an order come latest first, in pages', async () => {
  const [customer, vendor] = [await market.customer(), await market.vendor()];
  const orderId = await market.order(customer);
  await market.bid(vendor, orderId, '10');
  for (const message of ['1', '2', '3', '4', '5'])
    done(await commands.requestNegotiation(customer, { orderId, message }));
  const text = /* GraphQL */ `
    query ($order: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      order(id: $order) { negotiations(first: $first, after: $after, last: $last, before: $before) {
        edges { node { message } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }
    }
  `;
  const page = async (viewer: Viewer, args: Record<string, unknown>): Promise<[string, Data]> => {
    const { negotiations } = (await read(viewer, text, { order: gid('Order', orderId), ...args })).order;
    return [negotiations.edges.map((edge: Data) => edge.node.message).join(''), negotiations.pageInfo];
  };
  for (const viewer of [customer, vendor]) {
    const [first, { endCursor }] = await page(viewer, { first: 2 });
    const [second, { startCursor }] = await page(viewer, { first: 2, after: endCursor });
    const [before, { hasPreviousPage }] = await page(viewer, { last: 1, before: startCursor });
    const [last] = await page(viewer, { last: 2 });
    expect([first, second, before, hasPreviousPage, last]).toEqual(['54', '32', '4', true, '21']);
  }
});
