/** What a commit left is told without a read, and is what a read would have found. */

import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { type Snapshot, snapshotForm } from '../../src/commands/snapshots.ts';
import type { Appended } from '../../src/domain/history.ts';
import { createContext } from '../../src/schema/context.ts';
import { recall } from '../../src/schema/recall.ts';
import { done } from '../support/market.ts';
import { createAsking, type Hearing } from './asking.ts';

const { services, hear, read, statements, gid, commands, held, ring, ringPlainly, ...market } = await createAsking();

let customer: Viewer;
let vendor: Viewer;
let rival: Viewer;

beforeAll(async () => {
  [customer, vendor, rival] = await Promise.all([market.customer(), market.vendor(), market.vendor()]);
});

const order = 'id title description currency visibility status closesAt createdAt';
const bid = 'id alias amount { amount currency } note revision status placedAt';
const everything = `bidPlaced { order { ${order} } bid { ${bid} order { id } } }`;
const place = (
  more: string,
) => `mutation ($orderId: ID!, $amount: Decimal!) { placeBid(input: { orderId: $orderId, amount: $amount, note: "n" }) {
  ... on PlaceBidPayload { order { ${order} ${more} } bid { ${bid} } } } }`;

describe('an event that is told at once', () => {
  const subscription = `subscription ($orderId: ID) { ${everything.replace('bidPlaced', 'bidPlaced(orderId: $orderId)')} }`;

  async function told(listener: Viewer, orderId: string, work: () => Promise<unknown>) {
    const stream: Hearing = await hear(listener, subscription, { orderId: gid('Order', orderId) });
    const { count, result } = await statements(async () => {
      await work();
      return stream.next();
    });
    await stream.stop();
    return { count, event: result.data.bidPlaced };
  }

  it('is told as the commit left its order and bid, to all who may know, without a statement', async () => {
    const orderId = await market.order(customer, { visibility: 'OPEN', closesAt: new Date(Date.now() + 3_600_000) });
    for (const listener of [customer, rival]) {
      const placing = () =>
        commands.placeBid(vendor, { orderId, amount: listener === rival ? '98.5' : '99.50', note: 'n' });
      const { count, event } = await told(listener, orderId, placing);
      expect(count).toBe(0);
      const asked = await read(
        listener,
        `query ($id: ID!) { order(id: $id) { ${order} bids { edges { node { ${bid} order { id } } } } } }`,
        {
          id: gid('Order', orderId),
        },
      );
      const { bids, ...itsOrder } = asked.order;
      expect(event).toEqual({ order: itsOrder, bid: bids.edges[0].node });
    }
  });

  it('is told as a read finds it where the description is long', async () => {
    const long = done(
      await commands.createOrder(customer, {
        title: 'T',
        description: 'd'.repeat(5_000),
        currency: 'INR',
        visibility: 'OPEN',
      }),
    );
    const { count, event } = await told(rival, long.orderId, () => market.bid(vendor, long.orderId, '10'));
    expect(count).toBeGreaterThan(0);
    expect(event.order.description).toHaveLength(5_000);
  });
});

it.each([
  { came: 'with', ringLast: ring },
  { came: 'without', ringLast: ringPlainly },
])(
  'events that are told together are told as the last left the order, which came $came a snapshot',
  async ({ ringLast }) => {
    const orderId = await market.order(customer);
    const bidId = await market.bid(vendor, orderId, '10');
    const stream = await hear(rival, 'subscription { orderUpdated { status order { status } } }');
    const [first, second] = (await held(async () => {
      done(await commands.confirmBid(customer, { bidId, revision: 1 }));
      done(await commands.declineConfirmation(vendor, { bidId }));
    })) as [Appended, Appended];
    // What comes first waits for the other, and both are handed on together.
    ringLast(second);
    ring(first);
    const told = [(await stream.next()).data.orderUpdated, (await stream.next()).data.orderUpdated];
    expect(told).toEqual([
      { status: 'CONFIRMED', order: { status: 'OPEN' } },
      { status: 'OPEN', order: { status: 'OPEN' } },
    ]);
    await stream.stop();
  },
);

describe('an event that comes after something newer is known of its order', () => {
  // The stream of all orders: the topic of the order itself is followed by nobody.
  const text = 'subscription { bidPlaced { order { status } bid { status } } }';
  const cancel = `mutation ($orderId: ID!) { cancelOrder(input: { orderId: $orderId }) {
    ... on CancelOrderPayload { order { status } } } }`;
  const query = 'query ($orderId: ID!) { order(id: $orderId) { status } }';

  it.each([
    ['by the answer of a mutation', cancel],
    ['by the answer of a query', query],
    ['by a ring', null],
  ])('is not told older: %s', async (_, asked) => {
    const orderId = await market.order(customer);
    const stream = await hear(customer, text);
    const [placed, cancelled] = (await held(async () => {
      await market.bid(vendor, orderId, '10');
      if (asked !== cancel) done(await commands.cancelOrder(customer, { orderId }));
      if (asked !== null) await read(customer, asked, { orderId: gid('Order', orderId) });
    })) as [Appended, Appended];
    if (asked === null) ring(cancelled);
    ring(placed);
    const { data } = await stream.next();
    expect(data.bidPlaced).toEqual({ order: { status: 'CANCELLED' }, bid: { status: 'LOST' } });
    await stream.stop();
  });
});

describe('a mutation', () => {
  const asked = `query ($id: ID!) { order(id: $id) { ${order} cursor viewerBid { ${bid} } } }`;

  it('is answered as its commit left order and bid, without a statement', async () => {
    const variables = { orderId: gid('Order', await market.order(customer)), amount: '12.30' };
    const { count, result } = await statements(() => read(vendor, place(''), variables));
    expect(count).toBe(0);
    const { viewerBid, cursor: _, ...itsOrder } = (await read(vendor, asked, { id: variables.orderId })).order;
    expect(result.placeBid).toEqual({ order: itsOrder, bid: viewerBid });
  });

  it('is read for a vendor who asks for a cursor, in a fragment too: its own topic is part of it', async () => {
    const variables = { orderId: gid('Order', await market.order(customer)), amount: '12.30' };
    const document = `${place('...its')} fragment its on Order { at: cursor }`;
    const { count, result } = await statements(() => read(vendor, document, variables));
    expect(count).toBeGreaterThan(0);
    const { viewerBid, cursor, ...itsOrder } = (await read(vendor, asked, { id: variables.orderId })).order;
    expect(result.placeBid).toEqual({ order: { ...itsOrder, at: cursor }, bid: viewerBid });
  });

  it('tells a customer the cursor from which everything else comes', async () => {
    const create = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) {
      ... on CreateOrderPayload { order { ${order} externalId cursor } } } }`;
    const input = { title: 'T', description: 'd', externalId: 'e-1', currency: 'INR', visibility: 'OPEN' };
    const { count, result } = await statements(() => read(customer, create, { input }));
    expect(count).toBe(0);
    const { id } = result.createOrder.order;
    expect(result.createOrder.order).toEqual(
      (await read(customer, `query ($id: ID!) { order(id: $id) { ${order} externalId cursor } }`, { id })).order,
    );
  });
});

describe('what a commit left', () => {
  it('is read anew once more is known to have happened', async () => {
    const orderId = await market.order(customer);
    const stream = await hear(customer, 'subscription ($id: ID) { orderUpdated(orderId: $id) { status } }', {
      id: gid('Order', orderId),
    });
    const { snapshot } = (await commands.placeBid(vendor, { orderId, amount: '5' })) as { snapshot: Snapshot };
    done(await commands.cancelOrder(customer, { orderId, reason: null }));
    await stream.next();
    const context = createContext(services, customer);
    recall(context, [snapshot]);
    expect((await context.load.order(orderId))?.status).toBe('CANCELLED');
    expect((await context.load.bid(snapshot.bids[0]?.id ?? ''))?.status).toBe('LOST');
    await stream.stop();
  });

  it('is read anew once the order has closed by the clock', async () => {
    const closesAt = new Date(Date.now() + 1_000);
    const orderId = await market.order(customer, { closesAt });
    const { snapshot } = (await commands.placeBid(vendor, { orderId, amount: '5' })) as { snapshot: Snapshot };
    expect(snapshot.order.status).toBe('OPEN');
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(closesAt.getTime()), 10_000);
    const context = createContext(services, customer);
    recall(context, [snapshot]);
    expect((await context.load.order(orderId))?.status).toBe('CLOSED');
  });

  it('has what its form says: whoever changes this raises snapshotForm', async () => {
    const orderId = await market.order(customer);
    const { snapshot } = (await commands.placeBid(vendor, { orderId, amount: '5' })) as { snapshot: Snapshot };
    const fields = (of: object): string => Object.keys(of).sort().join(' ');
    expect([snapshotForm, fields(snapshot), fields(snapshot.order), fields(snapshot.bids[0] ?? {})]).toEqual([
      1,
      'bids form heads order',
      'closesAt createdAt currency customerId description externalId id status title visibility',
      'alias amount currency customerId id note orderId placedAt retired revision status vendorId visibility',
    ]);
  });

  it('is read anew where another version of the program told of other columns, or nobody knows what', async () => {
    const orderId = await market.order(customer);
    const { snapshot } = (await commands.placeBid(vendor, { orderId, amount: '5' })) as { snapshot: Snapshot };
    for (const strange of [{ ...snapshot, form: 0 }, { order: null }, 'strange'] as Snapshot[]) {
      const context = createContext(services, customer);
      recall(context, [strange]);
      const { count } = await statements(() => context.load.order(orderId));
      expect(count).toBe(1);
    }
  });
});
