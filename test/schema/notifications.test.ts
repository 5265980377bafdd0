/** What a viewer was told: read back with what happened, as it comes, and up to where it has read. */

import { expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { done } from '../support/market.ts';
import { createAsking, type Data } from './asking.ts';

const { ask, read, hear, gid, services, statements, commands, ...market } = await createAsking();
const service = await market.user('SERVICE');

const fields = '{ id cursor action data read createdAt order { id } bid { id amount { amount } } }';
const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
  unreadNotifications
  notifications(first: $first, after: $after, last: $last, before: $before) {
    cursor edges { cursor node ${fields} } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
const received = `subscription ($after: Cursor) { notificationReceived(after: $after) { id cursor occurredAt notification ${fields} } }`;
const mark = `mutation ($upTo: Cursor!) {
  markNotificationsRead(input: { upTo: $upTo }) {
    ... on MarkNotificationsReadPayload { unreadNotifications } ... on Refusal { code message }
  }
}`;
const notify = `mutation ($input: NotifyInput!) {
  notify(input: $input) {
    ... on NotifyPayload { online notification ${fields} }
    ... on InvalidInput { code issues { path message } } ... on IdempotencyKeyReused { code }
  }
}`;
const notifyAll = `mutation ($input: NotifyAllInput!) {
  notifyAll(input: $input) {
    ... on NotifyAllPayload { results {
      ... on NotifyPayload { online notification { id action } }
      ... on InvalidInput { code issues { path message } } ... on IdempotencyKeyReused { code }
    } }
    ... on Refusal { code } ... on InvalidInput { issues { path message } }
  }
}`;

const nodesOf = (answer: Data): Data[] => answer.notifications.edges.map(({ node }: Data) => node);
const listOf = async (viewer: Viewer): Promise<Data[]> => nodesOf(await read(viewer, list));
const tell = async (to: Viewer, action: string, data?: unknown) =>
  (await read(service, notify, { input: { to: to.externalId, action, data } })).notify;

/** Whatever can happen to an order until a vendor declines and another customer's order is lost to it. */
async function story() {
  const [customer, vendor, rival] = await Promise.all([market.customer(), market.vendor(), market.vendor()]);
  const orderId = await market.order(customer);
  const bidId = await market.bid(vendor, orderId, '90');
  await market.bid(vendor, orderId, '80');
  const rivalBid = await market.bid(rival, orderId, '85');
  const { negotiationId } = done(await commands.requestNegotiation(customer, { orderId, message: 'Lower' }));
  done(await commands.withdrawBid(rival, { bidId: rivalBid, reason: 'Too low' }));
  const acceptBy = new Date(Date.now() + 3_600_000);
  done(await commands.confirmBid(customer, { bidId, revision: 2, acceptBy }));
  done(await commands.declineConfirmation(vendor, { bidId, reason: 'Busy' }));
  await market.bid(vendor, orderId, '70');
  done(await commands.cancelOrder(customer, { orderId, reason: 'Not needed' }));
  return { customer, vendor, rival, orderId, bidId, rivalBid, negotiationId: negotiationId ?? '', acceptBy };
}

it('tells what happened as the events of those names do, newest first, with the order and the bid', async () => {
  const { customer, vendor, rival, orderId, bidId, rivalBid, negotiationId, acceptBy } = await story();
  const [order, bid, other] = [gid('Order', orderId), gid('Bid', bidId), gid('Bid', rivalBid)];
  const shown = async (viewer: Viewer) =>
    (await listOf(viewer)).map((node) => [node.action, node.data, node.order?.id, node.bid?.id]);
  const placed = (revision: number, amount: string) => ({ revision, amount: { amount, currency: 'INR' } });
  expect(await shown(customer)).toEqual([
    ['bidPlaced', placed(3, '70.00'), order, bid],
    ['confirmationAnswered', { accepted: false, answer: 'DECLINED', reason: 'Busy' }, order, bid],
    ['bidWithdrawn', { reason: 'Too low' }, order, other],
    ['bidPlaced', placed(1, '85.00'), order, other],
    ['bidPlaced', placed(2, '80.00'), order, bid],
    ['bidPlaced', placed(1, '90.00'), order, bid],
  ]);
  expect(await shown(vendor)).toEqual([
    ['orderUpdated', { status: 'CANCELLED', closesAt: null, reason: 'Not needed' }, order, bid],
    ['bidConfirmed', { revision: 2, acceptBy: acceptBy.toISOString() }, order, bid],
    ['negotiationRequested', { negotiationId: gid('Negotiation', negotiationId) }, order, bid],
  ]);
  expect(await shown(rival)).toEqual([
    ['negotiationRequested', { negotiationId: gid('Negotiation', negotiationId) }, order, other],
  ]);
});

it('names no bidder in what the customer is told', async () => {
  const { customer, vendor, rival } = await story();
  const text = JSON.stringify((await listOf(customer)).map(({ data }) => data));
  for (const { id, externalId, name } of [vendor, rival]) {
    for (const secret of [id, gid('User', id), externalId, name]) expect(text).not.toContain(secret);
  }
});

it('reads the fields of a whole page in a few statements', async () => {
  const { customer } = await story();
  for (const amount of ['60', '50', '40'])
    await market.bid(await market.vendor(), await market.order(customer), amount);
  const { count, result } = await statements(() => read(customer, list));
  expect(nodesOf(result)).toHaveLength(9);
  // The list, what is unread, the marks, the orders and the bids.
  expect(count).toBe(5);
});

it('pages both ways, and refuses what is no cursor of this list', async () => {
  const { customer } = await story();
  const all = (await read(customer, list)).notifications.edges;
  const first = (await read(customer, list, { first: 2 })).notifications;
  expect(first.edges).toEqual(all.slice(0, 2));
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  const rest = (await read(customer, list, { first: 100, after: first.pageInfo.endCursor })).notifications;
  expect(rest.edges).toEqual(all.slice(2));
  expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  expect((await read(customer, list, { last: 2 })).notifications.edges).toEqual(all.slice(-2));
  const before = all[4].cursor;
  expect((await read(customer, list, { last: 2, before })).notifications.edges).toEqual(all.slice(2, 4));
  for (const page of [{ first: 101 }, { first: -1 }, { first: 1, last: 1 }, { after: all[0].node.cursor }]) {
    expect((await ask(customer, list, page)).codes).toEqual(['BAD_USER_INPUT']);
  }
});

it('is read up to a mark that only moves up', async () => {
  const { customer, vendor } = await story();
  const [newest, second, , fourth] = await listOf(customer);
  const markUpTo = async (upTo: string) =>
    (await read(customer, mark, { upTo })).markNotificationsRead.unreadNotifications;
  const readOnes = async () => (await listOf(customer)).map((node) => node.read);
  expect((await read(customer, list)).unreadNotifications).toBe(6);
  expect(await markUpTo(fourth.cursor)).toBe(3);
  expect(await readOnes()).toEqual([false, false, false, true, true, true]);
  expect(await markUpTo(second.cursor)).toBe(1);
  expect(await markUpTo(fourth.cursor)).toBe(1);
  expect(await markUpTo(newest.cursor)).toBe(0);
  expect((await read(vendor, list)).unreadNotifications).toBe(3);
  // The cursor of the list stands for all of it, also for a vendor's, which has the market's place beside it.
  const { cursor } = (await read(vendor, list)).notifications;
  expect((await read(vendor, mark, { upTo: cursor })).markNotificationsRead).toEqual({ unreadNotifications: 0 });
});

it('a mark is at a place of the viewer’s own stream, or nowhere', async () => {
  const { customer, vendor, orderId } = await story();
  const foreign = (await listOf(vendor))[0].cursor;
  const { order } = await read(customer, 'query ($id: ID!) { order(id: $id) { cursor } }', {
    id: gid('Order', orderId),
  });
  const page = (await read(customer, list)).notifications.edges[0].cursor;
  const market = (await read(service, '{ orders { cursor } }')).orders.cursor;
  for (const upTo of [foreign, order.cursor, page, market, '', 'nonsense']) {
    expect((await ask(customer, mark, { upTo })).codes).toEqual(['CURSOR_INVALID']);
  }
  expect((await read(customer, list)).unreadNotifications).toBe(6);
  expect((await ask(service, mark, { upTo: market })).codes).toEqual(['FORBIDDEN']);
});

it('a mark of another history is CURSOR_EXPIRED, with where there is one', async () => {
  const { customer } = await story();
  const [newest] = await listOf(customer);
  await market.db.$client`update events set tag = tag + 1 where topic = ${`user:${customer.id}`}`;
  const { codes, errors } = await ask(customer, mark, { upTo: newest.cursor });
  expect(codes).toEqual(['CURSOR_EXPIRED']);
  expect((await ask(customer, mark, { upTo: errors[0]?.extensions['oldest'] })).codes).toEqual([]);
  expect((await read(customer, list)).unreadNotifications).toBe(6);
});

it('is found by its id by its own user alone, by tokens of the role that it was told as', async () => {
  const { customer, vendor } = await story();
  const [told] = await listOf(customer);
  const { notification } = await tell(customer, 'any.role');
  const node = async (viewer: Viewer, { id }: { id: string }) =>
    (await read(viewer, 'query ($id: ID!) { node(id: $id) { id ... on Notification { action } } }', { id })).node;
  expect(await node(customer, told)).toEqual({ id: told.id, action: 'bidPlaced' });
  const asVendor: Viewer = { ...customer, role: 'VENDOR' };
  expect(await node(asVendor, told)).toBeNull();
  expect(await node(asVendor, notification)).toEqual({ id: notification.id, action: 'any.role' });
  for (const other of [vendor, service]) expect(await node(other, told)).toBeNull();
  expect((await listOf(asVendor)).map(({ id }) => id)).toEqual([notification.id]);
});

it('comes as it is told, after the cursor of the list, without the viewer’s own doing', async () => {
  const { customer, orderId } = await story();
  const { notifications } = await read(customer, list);
  const hearing = await hear(customer, received, { after: notifications.cursor });
  const asVendor = await hear({ ...customer, role: 'VENDOR' }, received, { after: notifications.cursor });
  const vendor = await market.vendor();
  const second = await market.order(customer);
  const bidId = await market.bid(vendor, second, '10');
  done(await commands.confirmBid(customer, { bidId, revision: 1 }));
  await tell(customer, 'invoice.due', { days: 3 });
  const [first, last] = [(await hearing.next()).data, (await hearing.next()).data].map(
    (data) => data.notificationReceived,
  );
  expect(first.notification).toMatchObject({ action: 'bidPlaced', order: { id: gid('Order', second) }, read: false });
  expect(last.notification).toMatchObject({ action: 'invoice.due', data: { days: 3 }, order: null, bid: null });
  expect((await asVendor.next()).data.notificationReceived).toEqual(last);
  // What came is what is read back, cursors and all.
  expect((await listOf(customer)).slice(0, 2)).toEqual([last.notification, first.notification]);
  expect([first.cursor, last.cursor]).toEqual([first.notification.cursor, last.notification.cursor]);
  await Promise.all([hearing.stop(), asVendor.stop()]);
  const again = await hear(customer, received, { after: first.cursor });
  expect((await again.next()).data.notificationReceived).toEqual(last);
  await again.stop();
  const { order } = await read(customer, 'query ($id: ID!) { order(id: $id) { cursor } }', {
    id: gid('Order', orderId),
  });
  const foreign = await hear(customer, received, { after: order.cursor });
  expect((await foreign.next()).codes).toEqual(['CURSOR_INVALID']);
});

it('is heard by those it can be told to', async () => {
  expect((await (await hear(null, received)).next()).codes).toEqual(['UNAUTHENTICATED']);
  expect((await (await hear(service, received)).next()).codes).toEqual(['FORBIDDEN']);
});

it('notify tells a user not seen yet, who reads it when it comes', async () => {
  const externalId = 'comes later';
  const { notify: told } = await read(service, notify, { input: { to: externalId, action: 'welcome', data: [1] } });
  expect(told).toMatchObject({ online: false, notification: { action: 'welcome', data: [1], read: false } });
  const [user] = await market.db.$client`select id, name, role from users where external_id = ${externalId}`;
  expect(user).toMatchObject({ name: externalId, role: null });
  const viewer: Viewer = { ...(await market.vendor()), id: user?.['id'] as string, externalId };
  expect(await listOf(viewer)).toEqual([told.notification]);
  expect(
    (
      await read(service, 'query ($id: ID!) { node(id: $id) { ... on User { name role } } }', {
        id: gid('User', viewer.id),
      })
    ).node,
  ).toEqual({ name: externalId, role: null });
});

it('notify and notifyAll say who was online, each for itself', async () => {
  const [here, away] = [await market.vendor(), await market.vendor()];
  services.presence.enter(here.id);
  expect((await tell(here, 'hello')).online).toBe(true);
  expect((await tell(away, 'hello')).online).toBe(false);
  const notifications = [
    { to: here.externalId, action: 'a', data: null },
    { to: away.externalId, action: 'not an action' },
    { to: away.externalId, action: 'b' },
  ];
  const { results } = (await read(service, notifyAll, { input: { notifications } })).notifyAll;
  expect(results).toEqual([
    { online: true, notification: { id: expect.any(String) as string, action: 'a' } },
    {
      code: 'INVALID_INPUT',
      issues: [{ path: ['notifications', '1', 'action'], message: expect.any(String) as string }],
    },
    { online: false, notification: { id: expect.any(String) as string, action: 'b' } },
  ]);
  services.presence.leave(here.id);
});

it('notifyAll as a whole is refused for none, for too many, and for a key of another input', async () => {
  const one = { to: 'nobody in particular', action: 'a' };
  const code = async (input: object) => (await read(service, notifyAll, { input })).notifyAll.code;
  expect(await code({ notifications: [] })).toBe('INVALID_INPUT');
  expect(await code({ notifications: Array.from({ length: 101 }, () => one) })).toBe('INVALID_INPUT');
  expect(await code({ notifications: [one], idempotencyKey: 'all' })).toBeUndefined();
  expect(await code({ notifications: [one, one], idempotencyKey: 'all' })).toBe('IDEMPOTENCY_KEY_REUSED');
});

it('takes any JSON as it is written in a document, with variables within', async () => {
  const text = `mutation ($to: String!, $deep: Int!) {
    notify(input: { to: $to, action: "json", data: { a: [1, 2.5, "x", true, null, NAME], b: { deep: $deep } } }) {
      ... on NotifyPayload { notification { data } }
    }
  }`;
  const { externalId: to } = await market.vendor();
  const { data } = (await read(service, text, { to, deep: 7 })).notify.notification;
  expect(data).toEqual({ a: [1, 2.5, 'x', true, null, 'NAME'], b: { deep: 7 } });
});

it('tells the customer and services how many bidders are online, and nobody who', async () => {
  const [customer, stranger] = [await market.customer(), await market.customer()];
  const [orderId, other] = [await market.order(customer, { visibility: 'OPEN' }), await market.order(customer)];
  const vendors = await market.vendors(4);
  const [first, second, third, fourth] = vendors as [Viewer, Viewer, Viewer, Viewer];
  for (const [nth, vendor] of [first, second, third].entries()) await market.bid(vendor, orderId, `${90 - nth}`);
  const bidId = await market.bid(third, other, '50');
  done(await commands.withdrawBid(third, { bidId }));
  // Two tabs of one, one that has withdrawn elsewhere, one that has not bid; and the customer itself.
  const here = [first, first, third, fourth, customer];
  for (const { id } of here) services.presence.enter(id);
  const online = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { biddersOnline } } }';
  const counts = async (viewer: Viewer) =>
    (await read(viewer, online, { ids: [gid('Order', orderId), gid('Order', other)] })).nodes.map(
      (node: Data) => node?.biddersOnline ?? null,
    );
  expect(await counts(customer)).toEqual([2, 0]);
  expect(await counts(service)).toEqual([2, 0]);
  for (const vendor of [...vendors, { ...customer, role: 'VENDOR' as const }])
    expect(await counts(vendor)).toEqual([null, null]);
  expect(await counts(stranger)).toEqual([null, null]);
  const { count } = await statements(() => counts(customer));
  // The orders, and the bidders of both.
  expect(count).toBe(2);
  for (const { id } of here) services.presence.leave(id);
  expect(await counts(customer)).toEqual([0, 0]);
});
