/** The client against the real thing: two processes of the API on one database and one Redis. */

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { pipe, subscribe } from 'wonka';
import { createHaggleClient, type HaggleClient, type HaggleOptions } from '../../client/urql/client.ts';
import { CreateOrder, MarkNotificationsRead, Notifications, Order, PlaceBid } from '../../client/urql/documents.ts';
import { BidPlaced, NotificationReceived, OrderOpened } from '../../client/urql/subscriptions.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { type Cable, createCable } from './cable.ts';
import { type RunningApi, startApi, tokenOf } from './running-api.ts';

const where = { databaseUrl: (await createTestDatabase()).url, redisUrl: installation() };
let api: RunningApi;
let other: RunningApi;
let cable: Cable;
const clients: HaggleClient[] = [];

beforeAll(async () => {
  [api, other] = await Promise.all([startApi(where), startApi(where)]);
  cable = await createCable(api.port);
});

afterAll(async () => {
  await cable.close();
  await Promise.all([api.stop(), other.stop()]);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

let count = 0;
const unique = (name: string) => `${name} ${++count}`;

function connect(role: 'customer' | 'vendor', options: Partial<HaggleOptions> = {}): HaggleClient {
  const sub = unique(role);
  const token = tokenOf(sub, role);
  const client = createHaggleClient({ url: `http://127.0.0.1:${cable.port}/graphql`, token: () => token, ...options });
  clients.push(client);
  return client;
}
const elsewhere = (role: 'customer' | 'vendor', options: Partial<HaggleOptions> = {}) =>
  connect(role, { url: other.url, ...options });

async function order(customer: HaggleClient) {
  const input = { title: unique('Chairs'), currency: 'EUR' };
  const { data, error } = await customer.mutation(CreateOrder, { input });
  if (data?.createOrder && 'order' in data.createOrder && !('code' in data.createOrder)) return data.createOrder.order;
  throw new Error('No order', { cause: error ?? data });
}

async function bid(vendor: HaggleClient, orderId: string, amount: string): Promise<string> {
  const { data, error } = await vendor.mutation(PlaceBid, { input: { orderId, amount } });
  if (data?.placeBid && 'bid' in data.placeBid && !('code' in data.placeBid)) return data.placeBid.bid.amount.amount;
  throw new Error('No bid', { cause: error ?? data });
}

function bidsOn(customer: HaggleClient, variables: { orderId?: string; after?: string }) {
  const heard = { amounts: [] as string[], codes: [] as unknown[] };
  pipe(
    customer.subscription(BidPlaced, variables),
    subscribe(({ data, error }) => {
      if (data) heard.amounts.push(data.bidPlaced.amount.amount);
      if (error) heard.codes.push(error.graphQLErrors[0]?.extensions['code']);
    }),
  );
  return heard;
}

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 15_000, interval: 10 });

test('hears every bid once and in order over a line that is cut again and again', async () => {
  const customer = connect('customer');
  const vendor = elsewhere('vendor');
  const { id, cursor } = await order(customer);
  const heard = bidsOn(customer, { orderId: id, after: cursor });
  const placed: string[] = [];
  for (let nth = 0; nth < 60; nth++) {
    placed.push(await bid(vendor, id, String(1_000 - nth)));
    if (nth % 5 === 0) cable.cut();
  }
  await until(() => heard.amounts.length >= placed.length);
  expect(heard.amounts).toEqual(placed);
});

test('needs no cursor to lose nothing from where it began', async () => {
  const customer = connect('customer');
  const vendor = elsewhere('vendor');
  const { id } = await order(customer);
  const heard = bidsOn(customer, {});
  const placed: string[] = [];
  // From now on: nobody is told when that is, so the first that is heard tells.
  while (heard.amounts.length === 0) placed.push(await bid(vendor, id, String(900 - placed.length)));
  for (let cuts = 0; cuts < 2; cuts++) {
    cable.plugged = false;
    cable.cut();
    placed.push(await bid(vendor, id, String(900 - placed.length)));
    cable.plugged = true;
    await until(() => heard.amounts.at(-1) === placed.at(-1));
  }
  expect(heard.amounts).toEqual(placed.slice(placed.indexOf(heard.amounts[0]!)));
});

test('goes on where another process takes over from one that was killed', async () => {
  const customer = connect('customer');
  const vendor = elsewhere('vendor');
  const { id, cursor } = await order(customer);
  const heard = bidsOn(customer, { orderId: id, after: cursor });
  await bid(vendor, id, '500');
  await until(() => heard.amounts.length === 1);
  await api.kill();
  await bid(vendor, id, '400');
  api = await startApi({ ...where, port: api.port });
  await bid(vendor, id, '300');
  await until(() => heard.amounts.length === 3);
  expect(heard.amounts).toEqual(['500.00', '400.00', '300.00']);
});

test('shows a new token when the old one expires, and misses nothing', async () => {
  const sub = unique('customer');
  let asked = 0;
  const token = () => tokenOf(sub, 'customer', ++asked <= 2 ? 3 : 3_600);
  const customer = connect('customer', { token });
  const vendor = elsewhere('vendor');
  const { id, cursor } = await order(customer);
  const heard = bidsOn(customer, { orderId: id, after: cursor });
  await bid(vendor, id, '500');
  await until(() => heard.amounts.length === 1);
  const before = asked;
  await until(() => asked > before);
  await bid(vendor, id, '400');
  await until(() => heard.amounts.length === 2);
  expect(heard.amounts).toEqual(['500.00', '400.00']);
});

test('hands on the refusal of a cursor that is of another order', async () => {
  const customer = connect('customer');
  const [one, another] = [await order(customer), await order(customer)];
  const heard = bidsOn(customer, { orderId: one.id, after: another.cursor });
  await until(() => heard.codes.length === 1);
  expect(heard.codes).toEqual(['CURSOR_INVALID']);
});

test('reads what it was told while away, hears the rest through a cut line, and marks it read', async () => {
  const customer = connect('customer');
  const vendor = elsewhere('vendor');
  const { id } = await order(customer);
  await bid(vendor, id, '500');
  const { data } = await customer.query(Notifications, {});
  const [edge] = data?.notifications?.edges ?? [];
  expect(edge?.node).toMatchObject({ action: 'bidPlaced', read: false, order: { id }, bid: { status: 'ACTIVE' } });
  const heard: { cursor: string; data: unknown }[] = [];
  pipe(
    customer.subscription(NotificationReceived, { after: data?.notifications?.cursor ?? null }),
    subscribe((answer) => void (answer.data && heard.push(answer.data.notificationReceived.notification))),
  );
  await bid(vendor, id, '400');
  await until(() => heard.length === 1);
  cable.cut();
  await bid(vendor, id, '300');
  await until(() => heard.length === 2);
  expect(heard.map((told) => told.data)).toEqual([
    { revision: 2, amount: { amount: '400.00', currency: 'EUR' } },
    { revision: 3, amount: { amount: '300.00', currency: 'EUR' } },
  ]);
  const marked = await customer.mutation(MarkNotificationsRead, { input: { upTo: heard[0]?.cursor ?? '' } });
  expect(marked.data?.markNotificationsRead).toMatchObject({ unreadNotifications: 1 });
});

test('tells a stranger no more than that there is no such order', async () => {
  const { id } = await order(connect('customer'));
  const heard = bidsOn(connect('customer'), { orderId: id });
  await until(() => heard.codes.length === 1);
  expect(heard.codes).toEqual(['NOT_FOUND']);
});

test('places bids over the socket that it listens on', async () => {
  const customer = connect('customer');
  const vendor = elsewhere('vendor', { mutationsOver: 'socket', exchanges: [] });
  const opened: string[] = [];
  const states: string[] = [];
  pipe(
    vendor.status,
    subscribe(({ state }) => void states.push(state)),
  );
  pipe(
    vendor.subscription(OrderOpened, {}),
    subscribe(({ data }) => void (data && opened.push(data.orderOpened.order.id))),
  );
  await until(() => states.at(-1) === 'live');
  const { id } = await order(customer);
  expect(await bid(vendor, id, '70.5')).toBe('70.50');
  const { data } = await vendor.query(Order, { id });
  expect(data?.order?.viewerBid).toMatchObject({ revision: 1, status: 'ACTIVE' });
});
