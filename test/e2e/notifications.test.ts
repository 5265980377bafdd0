/** What users were told while they were away, and what a host application tells them, through two processes. */

import { expect, test, vi } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { cursorOf, notificationReceived, notifications, perform, placeBid, postOrder, read } from './documents.ts';
import { ask, type Data, openSocket, type Person, person, subscribe, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const redisUrl = installation();
const [here, there] = await Promise.all([startApi({ databaseUrl, redisUrl }), startApi({ databaseUrl, redisUrl })]);
const backend = await person('backend', 'service');

const notify = (to: Person | string, action = 'hello', data: unknown = null, from = here): Promise<Data> =>
  perform(from, backend, 'notify', { to: typeof to === 'string' ? to : to.sub, action, data });
const listOf = async (who: Person, where = here): Promise<Data[]> =>
  (await read(where, who, notifications)).notifications.edges.map(({ node }: Data) => node);
const presenceOf = (who: Person, online: boolean, from = here) =>
  vi.waitFor(async () => expect((await notify(who, 'probe', null, from)).online).toBe(online), patiently);

test('who was away reads back all that concerned it, and hears what comes from there on, once', async () => {
  const [casey, vera] = [await person('casey', 'customer'), await person('vera', 'vendor')];
  const orderId = await postOrder(here, casey);
  const { id: bidId } = await placeBid(here, vera, orderId, '900');
  await perform(here, casey, 'requestNegotiation', { orderId, message: 'Lower' });
  await perform(there, casey, 'confirmBid', { bidId, revision: 1 });
  await notify(vera, 'invoice.due', { days: 3 });
  const told = await read(there, vera, notifications);
  const nodes = told.notifications.edges.map(({ node }: Data) => node);
  expect(nodes.map(({ action }: Data) => action)).toEqual(['invoice.due', 'bidConfirmed', 'negotiationRequested']);
  expect(nodes.map(({ bid }: Data) => bid?.id)).toEqual([undefined, bidId, bidId]);
  expect(told.unreadNotifications).toBe(3);
  const streams = transports.map((transport) =>
    subscribe(transport, there, vera, notificationReceived, { after: told.notifications.cursor }),
  );
  await perform(there, vera, 'declineConfirmation', { bidId });
  await notify(vera, 'last');
  for (const stream of streams) {
    const { data, errors } = await stream.next();
    expect(errors).toBeUndefined();
    // What it did itself is not among it.
    expect(data.notificationReceived.notification.action).toBe('last');
    stream.stop();
  }
  expect(await perform(here, vera, 'markNotificationsRead', { upTo: nodes[1].cursor })).toMatchObject({
    unreadNotifications: 2,
  });
  expect((await listOf(vera, there)).map((node) => node.read)).toEqual([false, false, true, true]);
});

test('who has never connected is made by the first that is told it, and finds all of it when it comes', async () => {
  for (const nth of [1, 2, 3])
    expect((await notify('newcomer', `step.${nth}`, { nth }, nth % 2 ? here : there)).online).toBe(false);
  const newcomer = await person('newcomer', 'vendor', 'New Comer');
  expect((await listOf(newcomer)).map(({ action, data }) => [action, data])).toEqual([
    ['step.3', { nth: 3 }],
    ['step.2', { nth: 2 }],
    ['step.1', { nth: 1 }],
  ]);
  const { viewer } = await read(there, newcomer, '{ viewer { name role externalId } }');
  expect(viewer).toEqual({ name: 'New Comer', role: 'VENDOR', externalId: 'newcomer' });
});

test('notify says online for a user with a socket or a stream on another process, and not when the last has gone', async () => {
  const dana = await person('dana', 'customer');
  await presenceOf(dana, false);
  const socket = openSocket(there, dana);
  await socket.stays();
  await presenceOf(dana, true);
  const stream = subscribe('SSE', there, dana, notificationReceived, { after: await cursorOf(there, dana) });
  await notify(dana, 'heard');
  expect((await stream.next()).data.notificationReceived.notification.action).toBe('heard');
  await socket.close();
  for (const asked of [here, there]) await presenceOf(dana, true, asked);
  stream.stop();
  for (const asked of [here, there]) await presenceOf(dana, false, asked);
});

test('notifyAll says it for each, though one of them is wrong', async () => {
  const [erin, finn] = [await person('erin', 'customer'), await person('finn', 'vendor')];
  const socket = openSocket(there, erin);
  await socket.stays();
  await presenceOf(erin, true);
  const all = [
    { to: erin.sub, action: 'news' },
    { to: finn.sub, action: 'two words' },
    { to: finn.sub, action: 'news', data: 'x'.repeat(17_000) },
    { to: finn.sub, action: 'news' },
  ];
  const { results } = await perform(here, backend, 'notifyAll', { notifications: all });
  expect(results.map((result: Data) => result.code ?? result.online)).toEqual([
    true,
    'INVALID_INPUT',
    'INVALID_INPUT',
    false,
  ]);
  expect((await listOf(finn)).map(({ action }) => action)).toEqual(['news']);
  await socket.close();
});

test('a customer learns how many of its bidders are online on any process, never who; vendors do not', async () => {
  const casey = await person('casey-counts', 'customer');
  const vendors = await Promise.all([1, 2, 3].map((nth) => person(`counted-${nth}`, 'vendor')));
  const orderId = await postOrder(here, casey, { visibility: 'OPEN' });
  for (const vendor of vendors) await placeBid(here, vendor, orderId, '900');
  const document = 'query ($id: ID!) { order(id: $id) { biddersOnline } }';
  const count = async (who: Person): Promise<Data> =>
    (await read(here, who, document, { id: orderId })).order.biddersOnline;
  expect(await count(casey)).toBe(0);
  const sockets = vendors.map((vendor, nth) => openSocket(nth === 0 ? here : there, vendor));
  await vi.waitFor(async () => expect(await count(casey)).toBe(3), patiently);
  expect(await count(backend)).toBe(3);
  for (const vendor of vendors) expect(await count(vendor)).toBeNull();
  await sockets[2]?.close();
  await vi.waitFor(async () => expect(await count(casey)).toBe(2), patiently);
  for (const socket of sockets) await socket.close();
});

test('a notification of another user, or a cursor of its stream, is nobody else’s', async () => {
  const [gus, hal] = [await person('gus', 'vendor'), await person('hal', 'vendor')];
  await notify(gus, 'secret', { of: 'gus' });
  const [told] = await listOf(gus);
  const node = 'query ($id: ID!) { node(id: $id) { id } }';
  expect((await read(here, hal, node, { id: told.id })).node).toBeNull();
  expect(await listOf(hal)).toEqual([]);
  const marking = await ask(
    here,
    hal,
    'mutation ($upTo: Cursor!) { markNotificationsRead(input: { upTo: $upTo }) { __typename } }',
    { upTo: told.cursor },
  );
  expect(marking.errors?.[0]?.extensions.code).toBe('CURSOR_INVALID');
  const stream = subscribe('WebSocket', there, hal, notificationReceived, { after: told.cursor });
  expect((await stream.next()).errors?.[0]?.extensions.code).toBe('CURSOR_INVALID');
  stream.stop();
});

test('nothing of all this was an error to the servers', () => {
  for (const api of [here, there]) expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
