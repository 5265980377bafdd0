/** Who may hear what, and that cursors go on where they say, in their own stream only. */

import { beforeAll, describe, expect, it } from 'vitest';
import { hears } from '../../src/auth/policy.ts';
import type { Role, Viewer } from '../../src/auth/viewer.ts';
import { topics } from '../../src/db/tables.ts';
import type { EventKind } from '../../src/domain/events.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { done } from '../support/market.ts';
import { createAsking, type Data } from './asking.ts';

const { services, ask, read, hear, gid, commands, ...market } = await createAsking();

let customer: Viewer;
let stranger: Viewer;
let vendor: Viewer;
let rival: Viewer;
let service: Viewer;
let viewers: Record<Role, Viewer>;

beforeAll(async () => {
  [customer, stranger, vendor, rival, service] = await Promise.all([
    market.customer('Customer'),
    market.customer('Stranger'),
    market.vendor('Vendor'),
    market.vendor('Rival'),
    market.user('SERVICE'),
  ]);
  viewers = { CUSTOMER: customer, VENDOR: vendor, SERVICE: service };
});

const kinds = Object.keys(hears) as EventKind[];
const ofOrder = (kind: EventKind, fields = ''): string =>
  `subscription ($order: ID, $after: Cursor) { ${kind}(orderId: $order, after: $after) { id cursor occurredAt ${fields} } }`;
const general = (kind: EventKind, fields = ''): string =>
  `subscription ($after: Cursor) { ${kind}(after: $after) { id cursor occurredAt ${fields} } }`;

/** What a subscription answers at once where it is refused; [] where it starts. */
async function refusalOf(
  viewer: Viewer | null,
  text: string,
  variables: Record<string, unknown> = {},
): Promise<string[]> {
  const hearing = await hear(viewer, text, variables);
  const first = hearing.next();
  const started = Symbol('started');
  // A refused subscription has its only result at once; one that started waits for events.
  const answer = await Promise.race([
    first,
    new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(started)))),
  ]);
  await hearing.stop();
  if (answer === started) return [];
  expect((await hearing.next()).done).toBe(true);
  return (await first).codes;
}

describe.each(kinds)('%s', (kind) => {
  it('needs a token', async () => {
    expect(await refusalOf(null, general(kind))).toEqual(['UNAUTHENTICATED']);
  });

  it('without orderId is for those that have such a stream', async () => {
    for (const role of ['CUSTOMER', 'VENDOR', 'SERVICE'] as const) {
      const expected = hears[kind][role].general === null ? ['FORBIDDEN'] : [];
      expect([role, await refusalOf(viewers[role], general(kind))]).toEqual([role, expected]);
    }
  });
});

describe.each(kinds.filter((kind) => kind !== 'orderOpened'))('%s of an order', (kind) => {
  it('is for those who may see the order, and as far as it is open', async () => {
    for (const visibility of ['RANK', 'OPEN'] as const) {
      const order = gid('Order', await market.order(customer, { visibility }));
      const hidden = visibility === 'RANK' && (kind === 'bidPlaced' || kind === 'bidWithdrawn');
      expect(await refusalOf(customer, ofOrder(kind), { order })).toEqual([]);
      expect(await refusalOf(service, ofOrder(kind), { order })).toEqual([]);
      expect(await refusalOf(vendor, ofOrder(kind), { order })).toEqual(hidden ? ['FORBIDDEN'] : []);
      expect(await refusalOf(stranger, ofOrder(kind), { order })).toEqual(['NOT_FOUND']);
    }
    const absent = gid('Order', crypto.randomUUID());
    expect(await refusalOf(customer, ofOrder(kind), { order: absent })).toEqual(['NOT_FOUND']);
    expect(await refusalOf(customer, ofOrder(kind), { order: 'nonsense' })).toEqual(['BAD_USER_INPUT']);
    expect(await refusalOf(customer, ofOrder(kind), { order: gid('User', customer.id) })).toEqual(['BAD_USER_INPUT']);
  });

  it('takes no cursor of another stream, of a page, or made up', async () => {
    const [orderId, another] = [await market.order(customer), await market.order(customer)];
    const text = 'query ($id: ID!) { order(id: $id) { cursor } orders { cursor edges { cursor } } }';
    const { order, orders } = await read(customer, text, { id: gid('Order', another) });
    for (const after of [order.cursor, orders.cursor, orders.edges[0].cursor, '', 'nonsense', '\u0000']) {
      expect(await refusalOf(customer, ofOrder(kind), { order: gid('Order', orderId), after })).toEqual([
        'CURSOR_INVALID',
      ]);
    }
    expect(await refusalOf(customer, general(kind), { after: order.cursor })).toEqual(['CURSOR_INVALID']);
    expect(await refusalOf(customer, general(kind), { after: orders.cursor })).toEqual([]);
  });
});

it('a bid reaches the customer in both its streams, and a service, with the same id', async () => {
  const orderId = await market.order(customer, { currency: 'EUR' });
  const fields = 'revision amount { amount currency } order { title } bid { note vendor { name } amount { amount } }';
  const hearings = await Promise.all([
    hear(customer, ofOrder('bidPlaced', fields), { order: gid('Order', orderId) }),
    hear(customer, general('bidPlaced', fields)),
    hear(service, ofOrder('bidPlaced', fields), { order: gid('Order', orderId) }),
  ]);
  done(await commands.placeBid(vendor, { orderId, amount: '10.5', note: 'Pine' }));
  const heard = await Promise.all(hearings.map(async (hearing) => (await hearing.next()).data.bidPlaced));
  expect(new Set(heard.map(({ id }: Data) => id)).size).toBe(1);
  expect(new Set(heard.map(({ cursor }: Data) => cursor)).size).toBe(2);
  for (const event of heard) {
    expect(event).toMatchObject({
      revision: 1,
      amount: { amount: '10.50', currency: 'EUR' },
      order: { title: 'Chairs' },
      bid: { note: 'Pine', vendor: { name: 'Vendor' }, amount: { amount: '10.50' } },
    });
  }
  await Promise.all(hearings.map((hearing) => hearing.stop()));
});

it('under OPEN the other vendors hear of a bid by its alias, and not why it was withdrawn', async () => {
  const orderId = await market.order(customer, { visibility: 'OPEN', currency: 'EUR' });
  const bid = 'bid { alias note vendor { name } confirmation { revision } amount { amount } }';
  const order = gid('Order', orderId);
  const placed = await hear(rival, ofOrder('bidPlaced', `amount { amount } ${bid}`), { order });
  const gone = await hear(rival, ofOrder('bidWithdrawn', `reason ${bid}`), { order });
  const told = await hear(customer, ofOrder('bidWithdrawn', `reason ${bid}`), { order });
  const { bidId } = done(await commands.placeBid(vendor, { orderId, amount: '10', note: 'From Vendor' }));
  done(await commands.withdrawBid(vendor, { bidId, reason: 'Vendor is full' }));
  const hidden = { note: null, vendor: null, confirmation: null, amount: { amount: '10.00' } };
  expect((await placed.next()).data.bidPlaced).toMatchObject({ amount: { amount: '10.00' }, bid: hidden });
  expect((await gone.next()).data.bidWithdrawn).toMatchObject({ reason: null, bid: hidden });
  expect((await told.next()).data.bidWithdrawn).toMatchObject({
    reason: 'Vendor is full',
    bid: { note: 'From Vendor' },
  });
  await Promise.all([placed, gone, told].map((hearing) => hearing.stop()));
});

it('a negotiation, a confirmation and its answer reach those they concern, in order', async () => {
  const [orderId, another] = [await market.order(customer), await market.order(customer)];
  const bidId = await market.bid(vendor, orderId, '10');
  await market.bid(vendor, another, '10');
  const cursor = async (viewer: Viewer) =>
    (await read(viewer, 'query ($id: ID!) { order(id: $id) { cursor } }', { id: gid('Order', orderId) })).order.cursor;
  const [ofVendor, ofCustomer, ofRival] = [await cursor(vendor), await cursor(customer), await cursor(rival)];
  done(await commands.requestNegotiation(customer, { orderId: another, message: 'Elsewhere' }));
  done(await commands.requestNegotiation(customer, { orderId, message: 'Lower' }));
  done(await commands.confirmBid(customer, { bidId, revision: 1 }));
  done(await commands.declineConfirmation(vendor, { bidId, reason: 'No' }));

  const order = gid('Order', orderId);
  const firstOf = async (viewer: Viewer, after: string, kind: EventKind, fields: string): Promise<Data> => {
    const hearing = await hear(viewer, ofOrder(kind, fields), { order, after });
    const answer = await hearing.next();
    await hearing.stop();
    expect(answer.codes).toEqual([]);
    return answer.data[kind];
  };
  for (const [viewer, after] of [
    [vendor, ofVendor],
    [customer, ofCustomer],
  ] as const) {
    expect(await firstOf(viewer, after, 'negotiationRequested', 'negotiation { message round }')).toMatchObject({
      negotiation: { message: 'Lower', round: 1 },
    });
    expect(await firstOf(viewer, after, 'bidConfirmed', 'revision acceptBy bid { note alias }')).toMatchObject({
      revision: 1,
    });
    expect(await firstOf(viewer, after, 'confirmationAnswered', 'accepted answer reason')).toMatchObject({
      accepted: false,
      answer: 'DECLINED',
      reason: 'No',
    });
  }
  for (const [viewer, after] of [
    [vendor, ofVendor],
    [rival, ofRival],
    [customer, ofCustomer],
  ] as const) {
    expect(await firstOf(viewer, after, 'orderUpdated', 'status closesAt reason')).toMatchObject({
      status: 'CONFIRMED',
    });
  }
});

it('a vendor hears each order open and change in the market, after the cursor of its list', async () => {
  const { orders } = await read(vendor, '{ orders { cursor } }');
  const orderId = await market.order(customer);
  done(await commands.cancelOrder(customer, { orderId, reason: 'Done' }));
  const [opened, updated] = [
    await hear(vendor, general('orderOpened', 'order { id status }'), { after: orders.cursor }),
    await hear(vendor, general('orderUpdated', 'order { id } status reason'), { after: orders.cursor }),
  ];
  const event = (await opened.next()).data.orderOpened;
  expect(event.order).toEqual({ id: gid('Order', orderId), status: 'CANCELLED' });
  expect((await updated.next()).data.orderUpdated).toMatchObject({ status: 'CANCELLED', reason: 'Done' });
  const next = gid('Order', await market.order(customer));
  expect((await opened.next()).data.orderOpened.order.id).toBe(next);
  await Promise.all([opened.stop(), updated.stop()]);
  const again = await hear(vendor, general('orderOpened', 'order { id }'), { after: event.cursor });
  expect((await again.next()).data.orderOpened.order.id).toBe(next);
  await again.stop();
});

it('one user hears as a customer what concerns it as a customer, as a vendor what as a vendor', async () => {
  const asCustomer = await market.customer('Both');
  const asVendor: Viewer = { ...asCustomer, role: 'VENDOR' };
  const [own, others] = [await market.order(asCustomer), await market.order(customer)];
  await market.bid(asVendor, others, '10');
  await market.bid(vendor, own, '10');
  const hearing = {
    customer: await hear(asCustomer, general('negotiationRequested', 'order { id }')),
    vendor: await hear(asVendor, general('negotiationRequested', 'order { id }')),
  };
  done(await commands.requestNegotiation(customer, { orderId: others, message: 'To the vendor' }));
  done(await commands.requestNegotiation(asCustomer, { orderId: own, message: 'Of the customer' }));
  expect((await hearing.customer.next()).data.negotiationRequested.order.id).toBe(gid('Order', own));
  expect((await hearing.vendor.next()).data.negotiationRequested.order.id).toBe(gid('Order', others));
  await Promise.all([hearing.customer.stop(), hearing.vendor.stop()]);
});

it('a cursor older than what is kept is told with the oldest that still works', async () => {
  const orderId = await market.order(customer);
  const order = gid('Order', orderId);
  const { cursor } = (await read(customer, 'query ($id: ID!) { order(id: $id) { cursor } }', { id: order })).order;
  await market.bid(vendor, orderId, '10');
  await market.bid(rival, orderId, '9');
  await market.db.transaction(async (transaction) => {
    const topic = `order:${orderId}`;
    await transaction.execute(
      `update topics set floor = 2, floor_tag = (select tag from events where topic = '${topic}' and position = 2) where topic = '${topic}'`,
    );
    await transaction.execute(`delete from events where topic = '${topic}' and position <= 2`);
  });
  expect(await market.db.select().from(topics)).not.toEqual([]);
  const refused = await hear(customer, ofOrder('bidPlaced'), { order, after: cursor });
  const { codes, errors } = await refused.next();
  expect(codes).toEqual(['CURSOR_EXPIRED']);
  const oldest = errors[0]?.extensions['oldest'];
  const resumed = await hear(customer, ofOrder('bidPlaced', 'amount { amount }'), { order, after: oldest });
  expect((await resumed.next()).data.bidPlaced.amount.amount).toBe('9.00');
  await resumed.stop();
});

it("the position of an order's cursor moves for a vendor only with what it may see", async () => {
  const orderId = await market.order(customer, { visibility: 'RANK' });
  const text = 'query ($id: ID!) { order(id: $id) { cursor } }';
  const cursorFor = async (viewer: Viewer) => (await read(viewer, text, { id: gid('Order', orderId) })).order.cursor;
  const [before, ofCustomer] = [await cursorFor(rival), await cursorFor(customer)];
  await market.bid(vendor, orderId, '10');
  expect(await cursorFor(rival)).toBe(before);
  expect(await cursorFor(customer)).not.toBe(ofCustomer);
  done(await commands.cancelOrder(customer, { orderId }));
  expect(await cursorFor(rival)).not.toBe(before);
});

it('a cursor is as old as the oldest part of its answer, also where that arrives last', async () => {
  const orderId = await market.order(customer);
  const bidId = await market.bid(vendor, orderId, '1000');
  const [bidRead, revised, released] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const { $client } = market.db;
  /** The bid is read before a revision and answered last; the order is read after the revision. */
  const unsafe = async (text: string, ...rest: never[]): Promise<unknown> => {
    const isBid = text.includes('join bids');
    if (!isBid) await revised.promise;
    const rows = await $client.unsafe(text, ...rest);
    if (isBid) bidRead.resolve();
    if (isBid) await released.promise;
    return rows;
  };
  const late = Object.assign(Object.create(market.db), { $client: { unsafe } }) as typeof market.db;
  const load = createLoaders(late, null, services.hub.learn);
  const [bid, order] = [load.bid(bidId), load.order(orderId)];
  await bidRead.promise;
  await market.bid(vendor, orderId, '999');
  revised.resolve();
  await order;
  const heads = load.headsOf(orderId);
  released.resolve();
  expect((await bid)?.revision).toBe(1);
  const now = createLoaders(market.db, null, services.hub.learn);
  await now.order(orderId);
  expect((await heads)?.order.position).toBe(((await now.headsOf(orderId))?.order.position ?? 0) - 1);
});
