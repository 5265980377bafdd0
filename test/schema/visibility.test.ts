/** Who sees what: each role, each visibility, each path that could lead to a bid. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { type BidVisibility, visibilities } from '../../src/domain/standing.ts';
import { done } from '../support/market.ts';
import { createAsking } from './asking.ts';

const { ask, read, gid, commands, ...market } = await createAsking();

type Scene = { orderId: string; own: string; rivals: string };
let customer: Viewer;
let stranger: Viewer;
let vendor: Viewer;
let rival: Viewer;
let onlooker: Viewer;
let service: Viewer;
const scenes = {} as Record<BidVisibility, Scene>;

beforeAll(async () => {
  [customer, stranger, vendor, rival, onlooker, service] = await Promise.all([
    market.customer('Customer'),
    market.customer('Stranger'),
    market.vendor('Vendor'),
    market.vendor('Rival'),
    market.vendor('Onlooker'),
    market.user('SERVICE', 'Service'),
  ]);
  for (const visibility of visibilities) {
    const about = { title: 'Tables', currency: 'EUR', visibility, externalId: `order-${visibility}` };
    const { orderId } = done(await commands.createOrder(customer, about));
    const { bidId: own } = done(await commands.placeBid(vendor, { orderId, amount: '120', note: 'Oak' }));
    const { bidId: rivals } = done(await commands.placeBid(rival, { orderId, amount: '100', note: 'Secret pine' }));
    scenes[visibility] = { orderId, own: own ?? '', rivals: rivals ?? '' };
  }
});

const seesBid = /* GraphQL */ `
  query ($order: ID!, $bid: ID!, $status: [BidStatus!]) {
    node(id: $bid) { id ... on Bid { alias note vendor { name } confirmation { acceptBy } amount { amount currency } status } }
    nodes(ids: [$bid]) { id }
    order(id: $order) {
      externalId
      bids(status: $status) { totalCount edges { cursor node { id alias note vendor { name } confirmation { acceptBy } amount { amount } } } pageInfo { hasNextPage } }
      viewerBid { id note vendor { name } }
      standing { rank bidders best { amount } mine { amount currency } }
    }
  }
`;

const look = (viewer: Viewer, { orderId }: Scene, bid: string) =>
  read(viewer, seesBid, { order: gid('Order', orderId), bid: gid('Bid', bid), status: ['ACTIVE'] });

describe.each(['SEALED', 'RANK'] as const)('under %s', (visibility) => {
  it('a vendor reaches its own bid and no other, by no path', async () => {
    const scene = scenes[visibility];
    const { node, nodes, order } = await look(vendor, scene, scene.rivals);
    expect(node).toBeNull();
    expect(nodes).toEqual([null]);
    expect(order.bids.totalCount).toBe(1);
    expect(order.bids.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual([gid('Bid', scene.own)]);
    expect(order.bids.edges[0].node).toMatchObject({
      note: 'Oak',
      vendor: { name: 'Vendor' },
      amount: { amount: '120.00' },
    });
    expect(order.viewerBid).toEqual({ id: gid('Bid', scene.own), note: 'Oak', vendor: { name: 'Vendor' } });
    expect(order.bids.pageInfo.hasNextPage).toBe(false);
  });

  it('a vendor without a bid sees none', async () => {
    const scene = scenes[visibility];
    const { node, order } = await look(onlooker, scene, scene.own);
    expect(node).toBeNull();
    expect(order).toMatchObject({ bids: { totalCount: 0, edges: [] }, viewerBid: null, standing: null });
  });

  it('a cursor that names the bid of another tells nothing of where it stands', async () => {
    const { orderId, rivals, own } = scenes[visibility];
    const pageAfter = (amount: string, id: string) =>
      read(
        vendor,
        'query ($order: ID!, $after: String) { order(id: $order) { bids(after: $after) { edges { node { id } } } } }',
        { order: gid('Order', orderId), after: Buffer.from(`bids|0|${amount}|${id}`).toString('base64url') },
      );
    expect(await pageAfter('120.0000', rivals)).toEqual(await pageAfter('120.0000', crypto.randomUUID()));
    expect((await pageAfter('120.0000', own)).order.bids.edges).toEqual([]);
  });
});

it('standing shows under SEALED the own amount, under RANK the rank too, under OPEN the best as well', async () => {
  const shown = await Promise.all(
    visibilities.map(
      async (visibility) => (await look(vendor, scenes[visibility], scenes[visibility].own)).order.standing,
    ),
  );
  const mine = { amount: '120.00', currency: 'EUR' };
  expect(shown).toEqual([
    { rank: null, bidders: null, best: null, mine },
    { rank: 2, bidders: 2, best: null, mine },
    { rank: 2, bidders: 2, best: { amount: '100.00' }, mine },
  ]);
});

it('under OPEN a vendor sees all bids, those of others by alias alone', async () => {
  const scene = scenes.OPEN;
  const { node, order } = await look(onlooker, scene, scene.rivals);
  expect(order.bids.totalCount).toBe(2);
  const hidden = { note: null, vendor: null, confirmation: null };
  expect(node).toMatchObject({ ...hidden, amount: { amount: '100.00', currency: 'EUR' }, status: 'ACTIVE' });
  for (const edge of order.bids.edges) expect(edge.node).toMatchObject(hidden);
  expect(node.alias).not.toContain('Rival');
  expect((await look(vendor, scene, scene.own)).node).toMatchObject({ note: 'Oak', vendor: { name: 'Vendor' } });
});

it.each(visibilities)('under %s the customer and services see all, and no standing', async (visibility) => {
  const scene = scenes[visibility];
  for (const viewer of [customer, service]) {
    const { node, order } = await look(viewer, scene, scene.rivals);
    expect(node).toMatchObject({ note: 'Secret pine', vendor: { name: 'Rival' } });
    expect(order).toMatchObject({ externalId: `order-${visibility}`, viewerBid: null, standing: null });
    expect(order.bids.edges.map((edge: { node: { note: string } }) => edge.node.note)).toEqual(['Secret pine', 'Oak']);
  }
});

it.each(visibilities)('under %s another customer sees nothing, as if it did not exist', async (visibility) => {
  const scene = scenes[visibility];
  expect(await look(stranger, scene, scene.own)).toEqual({ node: null, nodes: [null], order: null });
  const absent = await look(stranger, { ...scene, orderId: crypto.randomUUID() }, crypto.randomUUID());
  expect(absent).toEqual({ node: null, nodes: [null], order: null });
});

it('the id in the host application is null for vendors, of orders and of others', async () => {
  const scene = scenes.RANK;
  const text =
    'query ($order: ID!) { viewer { externalId } order(id: $order) { externalId customer { name externalId role } } }';
  const asked = (viewer: Viewer) => read(viewer, text, { order: gid('Order', scene.orderId) });
  expect(await asked(vendor)).toEqual({
    viewer: { externalId: vendor.externalId },
    order: { externalId: null, customer: { name: 'Customer', externalId: null, role: 'CUSTOMER' } },
  });
  expect((await asked(customer)).order).toMatchObject({
    externalId: 'order-RANK',
    customer: { externalId: customer.externalId },
  });
  expect((await asked(service)).order.customer.externalId).toBe(customer.externalId);
});

it('finds a user for itself, services, customers it has bid for, and vendors if it has posted an order', async () => {
  const found = async (viewer: Viewer, user: Viewer) =>
    (await read(viewer, 'query ($id: ID!) { node(id: $id) { ... on User { name } } }', { id: gid('User', user.id) }))
      .node?.name ?? null;
  expect(await found(stranger, stranger)).toBe('Stranger');
  expect(await found(service, stranger)).toBe('Stranger');
  expect(await found(customer, vendor)).toBe('Vendor');
  expect(await found(stranger, vendor)).toBeNull();
  expect(await found(customer, onlooker)).toBeNull();
  expect(await found(vendor, customer)).toBe('Customer');
  expect(await found(vendor, stranger)).toBeNull();
  expect(await found(vendor, rival)).toBeNull();
});

it('rounds of negotiation are for the customer, services, and the vendors that were asked or bid meanwhile', async () => {
  const orderId = await market.order(customer, { currency: 'EUR' });
  const [asked, late, other] = await market.vendors(3);
  if (!asked || !late || !other) throw new Error('Three were asked for');
  await market.bid(asked, orderId, '50');
  const first = done(
    await commands.requestNegotiation(customer, { orderId, message: 'Lower?', targetAmount: '40' }),
  ).negotiationId;
  await market.bid(late, orderId, '49');
  const second = done(await commands.requestNegotiation(customer, { orderId, message: 'Still lower?' })).negotiationId;
  await commands.requestNegotiation(customer, { orderId, message: 'Last' });
  const text = /* GraphQL */ `
    query ($order: ID!, $ids: [ID!]!) {
      order(id: $order) { negotiations { edges { node { round message targetAmount { amount } order { title } } } } }
      nodes(ids: $ids) { ... on Negotiation { message } }
    }
  `;
  const seenBy = async (viewer: Viewer) => {
    const ids = [first, second].map((id) => gid('Negotiation', id ?? ''));
    const { order, nodes } = await read(viewer, text, { order: gid('Order', orderId), ids });
    const rounds = order.negotiations.edges.map((edge: { node: { round: number } }) => edge.node.round);
    return [rounds, nodes.map((node: { message: string } | null) => node?.message ?? null)];
  };
  const all = [
    [3, 2, 1],
    ['Lower?', 'Still lower?'],
  ];
  expect(await seenBy(customer)).toEqual(all);
  expect(await seenBy(service)).toEqual(all);
  expect(await seenBy(asked)).toEqual(all);
  expect(await seenBy(late)).toEqual(all);
  expect(await seenBy(other)).toEqual([[], [null, null]]);
});

it('a confirmation is for the customer, its vendor and services', async () => {
  const orderId = await market.order(customer, { visibility: 'OPEN', currency: 'EUR' });
  const bidId = await market.bid(vendor, orderId, '80');
  done(await commands.confirmBid(customer, { bidId, revision: 1 }));
  const confirmationFor = async (viewer: Viewer) =>
    (
      await read(
        viewer,
        'query ($id: ID!) { node(id: $id) { ... on Bid { status confirmation { revision answer reason } } } }',
        { id: gid('Bid', bidId) },
      )
    ).node;
  const waiting = { status: 'CONFIRMED', confirmation: { revision: 1, answer: null, reason: null } };
  expect(await confirmationFor(customer)).toEqual(waiting);
  expect(await confirmationFor(vendor)).toEqual(waiting);
  expect(await confirmationFor(service)).toEqual(waiting);
  expect(await confirmationFor(rival)).toEqual({ status: 'CONFIRMED', confirmation: null });
  done(await commands.declineConfirmation(vendor, { bidId, reason: 'No time' }));
  expect(await confirmationFor(customer)).toEqual({
    status: 'DECLINED',
    confirmation: { revision: 1, answer: 'DECLINED', reason: 'No time' },
  });
});

it('without a token only viewer and serverTime answer', async () => {
  const order = gid('Order', scenes.OPEN.orderId);
  expect(await read(null, '{ __typename viewer { name } }')).toEqual({ __typename: 'Query', viewer: null });
  expect(new Date((await read(null, '{ serverTime }')).serverTime).getTime()).toBeGreaterThan(Date.now() - 60_000);
  for (const text of [`{ order(id: "${order}") { id } }`, `{ node(id: "${order}") { id } }`, `{ orders { cursor } }`]) {
    expect(await ask(null, text)).toMatchObject({ codes: ['UNAUTHENTICATED'] });
  }
  expect((await ask(null, `{ nodes(ids: ["${order}"]) { id } }`)).codes).toEqual(['UNAUTHENTICATED']);
});

const mutations = {
  createOrder: ['{ title: "A", currency: "EUR" }', 'CUSTOMER'],
  cancelOrder: ['{ orderId: "%order" }', 'CUSTOMER'],
  placeBid: ['{ orderId: "%order", amount: "1" }', 'VENDOR'],
  withdrawBid: ['{ bidId: "%bid" }', 'VENDOR'],
  requestNegotiation: ['{ orderId: "%order", message: "Lower" }', 'CUSTOMER'],
  confirmBid: ['{ bidId: "%bid", revision: 1 }', 'CUSTOMER'],
  acceptConfirmation: ['{ bidId: "%bid" }', 'VENDOR'],
  declineConfirmation: ['{ bidId: "%bid" }', 'VENDOR'],
  revokeSessions: ['{ userId: "%user" }', 'SERVICE'],
} as const;

it.each(Object.entries(mutations))(
  '%s is refused without a token and for other roles, and for its role finds nothing absent',
  async (name, [input, role]) => {
    const about = input
      .replace('%order', gid('Order', crypto.randomUUID()))
      .replace('%bid', gid('Bid', crypto.randomUUID()))
      .replace('%user', gid('User', crypto.randomUUID()));
    const text = `mutation { ${name}(input: ${about}) { ... on Refusal { code message } } }`;
    expect((await ask(null, text)).codes).toEqual(['UNAUTHENTICATED']);
    for (const viewer of [customer, vendor, service].filter((candidate) => candidate.role !== role)) {
      expect(await ask(viewer, text)).toMatchObject({ codes: ['FORBIDDEN'], data: { [name]: null } });
    }
    const mine = await ask({ CUSTOMER: customer, VENDOR: vendor, SERVICE: service }[role], text);
    expect(mine.codes).toEqual(name === 'createOrder' ? [] : ['NOT_FOUND']);
  },
);
