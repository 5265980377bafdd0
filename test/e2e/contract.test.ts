/** Asks for every field of the contract, as programs that were written against it do, and looks at what comes back. */

import { readFileSync } from 'node:fs';
import { buildSchema, getNamedType, isNonNullType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { inSeconds, signClaims, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { cursorOf, type MutationName, read, subscriptionNames } from './documents.ts';
import { wholeOf } from './everything.ts';
import { ask, type Data, openSocket, type Person, person, post, subscribe, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const api = await startApi({ databaseUrl });
const contract = buildSchema(readFileSync(new URL('../schema/contract.graphql', import.meta.url), 'utf8'));
const casey = await person('casey', 'customer', 'Casey & Sons');
const vera = await person('vera', 'vendor');
const victor = await person('victor', 'vendor');
const backend = await person('backend', 'service');

/** Each `Type.field` that was answered, and whether ever with more than null. */
const answered = new Map<string, boolean>();
const forms: Record<string, RegExp> = {
  DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  Decimal: /^\d+\.\d{2}$/,
  CurrencyCode: /^[A-Z]{3}$/,
  Cursor: /^[\w-]{10,}$/,
  ID: /^[\w-]{10,}$/,
};

/** Walks an answer whose fields are aliased by their types. */
function look(value: Data): void {
  if (Array.isArray(value)) return value.forEach(look);
  if (value === null || typeof value !== 'object') return;
  for (const [alias, inner] of Object.entries(value)) {
    const [, typeName = '', fieldName = ''] = /^([A-Z]\w*)_(\w+)$/.exec(alias) ?? [];
    const type = contract.getType(typeName);
    if (isObjectType(type)) {
      const field = type.getFields()[fieldName];
      const key = `${typeName}.${fieldName}`;
      answered.set(key, answered.get(key) === true || inner !== null);
      const form = field && forms[getNamedType(field.type).name];
      if (form && inner !== null) expect([key, inner]).toEqual([key, expect.stringMatching(form)]);
    }
    look(inner);
  }
}

const depth = 5;

async function whole(who: Person | null, name: string, args = ''): Promise<Data> {
  const { data, errors } = await ask(api, who, `{ ${wholeOf(contract, 'Query', name, args, depth)} }`);
  expect([name, args, errors]).toEqual([name, args, undefined]);
  look(data);
  return data[name];
}

/** Does it, and answers the type of its result. */
async function make(who: Person, name: MutationName, input: object): Promise<Data> {
  const inputName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${inputName}!) { ${wholeOf(contract, 'Mutation', name, 'input: $input', depth)} }`;
  const { data, errors } = await ask(api, who, document, { input });
  expect([name, input, errors]).toEqual([name, input, undefined]);
  look(data);
  return data[name];
}

const soon = () => new Date(Date.now() + 60_000).toISOString();

test('every query, mutation and subscription answers every field, each at least once with a value', async () => {
  const general = new Map<Person, string>();
  for (const who of [casey, vera]) general.set(who, await cursorOf(api, who));
  const created = await make(casey, 'createOrder', {
    externalId: 'host-1',
    title: 'Chairs',
    description: 'Forty of them',
    currency: 'EUR',
    visibility: 'OPEN',
    closesAt: soon(),
    idempotencyKey: 'one',
  });
  expect(created.__typename).toBe('CreateOrderPayload');
  const orderId = created.CreateOrderPayload_order.Order_id;
  const typeOf = async (who: Person, name: MutationName, input: object) => (await make(who, name, input)).__typename;

  expect(await typeOf(casey, 'createOrder', { title: 'Other', currency: 'EUR', idempotencyKey: 'one' })).toBe(
    'IdempotencyKeyReused',
  );
  expect(await typeOf(casey, 'createOrder', { title: '', currency: 'EUR' })).toBe('InvalidInput');
  expect(await typeOf(casey, 'requestNegotiation', { orderId, message: 'x' })).toBe('NoActiveBids');
  const placed = await make(vera, 'placeBid', { orderId, amount: '900', note: 'By Friday' });
  const bidId = placed.PlaceBidPayload_bid.Bid_id;
  const rivals = (await make(victor, 'placeBid', { orderId, amount: '800.5' })).PlaceBidPayload_bid.Bid_id;
  expect(await typeOf(vera, 'placeBid', { orderId, amount: '901' })).toBe('BidNotLower');
  const asked = await make(casey, 'requestNegotiation', {
    orderId,
    bidId,
    targetAmount: '700',
    message: 'Lower',
    respondBy: soon(),
  });
  const roundId = asked.RequestNegotiationPayload_negotiation.Negotiation_id;
  expect(await typeOf(vera, 'placeBid', { orderId, amount: '700', negotiationId: roundId })).toBe('PlaceBidPayload');
  expect(await typeOf(vera, 'acceptConfirmation', { bidId })).toBe('NoConfirmationPending');
  expect(await typeOf(vera, 'declineConfirmation', { bidId })).toBe('NoConfirmationPending');
  await whole(vera, 'order', `id: "${orderId}"`);
  expect(await typeOf(victor, 'withdrawBid', { bidId: rivals, reason: 'No' })).toBe('WithdrawBidPayload');
  expect(await typeOf(victor, 'withdrawBid', { bidId: rivals })).toBe('BidNotActive');
  expect(await typeOf(casey, 'confirmBid', { bidId: rivals, revision: 1 })).toBe('BidNotActive');
  expect(await typeOf(casey, 'confirmBid', { bidId, revision: 1 })).toBe('BidRevised');
  expect(await typeOf(casey, 'confirmBid', { bidId, revision: 2, acceptBy: soon() })).toBe('ConfirmBidPayload');
  expect(await typeOf(casey, 'confirmBid', { bidId, revision: 2 })).toBe('ConfirmationPending');
  expect(await typeOf(casey, 'requestNegotiation', { orderId, message: 'x' })).toBe('ConfirmationPending');
  expect(await typeOf(victor, 'placeBid', { orderId, amount: '1' })).toBe('OrderNotOpen');
  expect(await typeOf(vera, 'declineConfirmation', { bidId, reason: 'Sold out' })).toBe('DeclineConfirmationPayload');
  await whole(casey, 'order', `id: "${orderId}"`);
  expect(await typeOf(vera, 'placeBid', { orderId, amount: '950' })).toBe('PlaceBidPayload');
  expect(await typeOf(casey, 'confirmBid', { bidId, revision: 3 })).toBe('ConfirmBidPayload');
  expect(await typeOf(vera, 'acceptConfirmation', { bidId })).toBe('AcceptConfirmationPayload');
  expect(await typeOf(casey, 'cancelOrder', { orderId })).toBe('OrderEnded');
  expect(await typeOf(casey, 'confirmBid', { bidId, revision: 3 })).toBe('OrderEnded');
  const second = (await make(casey, 'createOrder', { title: 'Desks', currency: 'EUR', visibility: 'RANK' }))
    .CreateOrderPayload_order.Order_id;
  expect(await typeOf(casey, 'cancelOrder', { orderId: second, reason: 'Not needed' })).toBe('CancelOrderPayload');

  for (const who of [casey, vera, backend, null]) {
    await whole(who, 'viewer');
    await whole(who, 'serverTime');
    if (!who) continue;
    await whole(who, 'orders', 'first: 50');
    await whole(who, 'orders', 'last: 1, status: [ACCEPTED, CANCELLED]');
    await whole(who, 'node', `id: "${orderId}"`);
    await whole(who, 'nodes', `ids: ["${orderId}", "${bidId}", "${roundId}"]`);
  }
  await whole(casey, 'orders', 'externalId: "host-1"');
  await whole(vera, 'orders', 'bidOn: true');

  const leaver = await person('leaver', 'vendor');
  const userId = (await read(api, leaver, '{ viewer { id } }')).viewer.id;
  expect(await typeOf(backend, 'revokeSessions', { userId })).toBe('RevokeSessionsPayload');

  expect(await typeOf(backend, 'notify', { to: 'casey', action: 'hello', data: { a: [1] } })).toBe('NotifyPayload');
  const several = { notifications: [{ to: 'casey', action: 'hello' }], idempotencyKey: 'several' };
  expect(await typeOf(backend, 'notifyAll', several)).toBe('NotifyAllPayload');
  for (const who of [casey, vera, backend]) {
    await whole(who, 'notifications', 'first: 50');
    await whole(who, 'unreadNotifications');
  }
  const upTo = await cursorOf(api, casey);
  expect(await typeOf(casey, 'markNotificationsRead', { upTo })).toBe('MarkNotificationsReadPayload');

  for (const name of [...subscriptionNames, 'notificationReceived']) {
    for (const who of name === 'orderOpened' ? [vera] : [casey]) {
      for (const transport of transports) {
        const after = general.get(who) ?? '';
        const document = `subscription { ${wholeOf(contract, 'Subscription', name, `after: "${after}"`, depth)} }`;
        const stream = subscribe(transport, api, who, document);
        const reasons = name === 'orderUpdated' ? 5 : name === 'confirmationAnswered' ? 2 : 1;
        for (const { data, errors } of (await stream.reached(reasons)).slice(0, reasons)) {
          expect([name, errors]).toEqual([name, undefined]);
          look(data);
        }
        stream.stop();
      }
    }
  }

  const fields = Object.values(contract.getTypeMap())
    .filter(
      (type) => isObjectType(type) && !type.name.startsWith('__') && !/^(Query|Mutation|Subscription)$/.test(type.name),
    )
    .flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    );
  expect(fields.filter((field) => !answered.has(field))).toEqual([]);
  expect(fields.filter((field) => answered.get(field) !== true)).toEqual([]);
});

test('what may be null in an answer never takes the rest of it along', async () => {
  const roots = ['Query', 'Mutation'].flatMap((root) => {
    const type = contract.getType(root);
    return isObjectType(type) ? Object.values(type.getFields()) : [];
  });
  const strict = roots.filter(({ type }) => isNonNullType(type)).map(({ name }) => name);
  expect(strict).toEqual(['serverTime', 'nodes']);
  const { data, errors } = await ask(
    api,
    casey,
    `mutation { good: createOrder(input: { title: "a", currency: "EUR" }) { __typename }
      bad: cancelOrder(input: { orderId: "nonsense" }) { __typename } }`,
  );
  expect(data).toEqual({ good: { __typename: 'CreateOrderPayload' }, bad: null });
  expect(errors).toMatchObject([{ path: ['bad'], extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('without a token there are the schema, __typename, viewer and serverTime', async () => {
  expect(await read(api, null, '{ __typename viewer { id } __schema { queryType { name } } }')).toEqual({
    __typename: 'Query',
    viewer: null,
    __schema: { queryType: { name: 'Query' } },
  });
  const socket = openSocket(api, null);
  expect((await socket.ask('{ serverTime }')).data.serverTime).toMatch(forms['DateTime'] as RegExp);
  await socket.close();
});

test('a user is created or renamed at first sight, and is one, whatever its role', async () => {
  const named = (role: string, name: string) => signClaims({ sub: 'several', role, name, exp: inSeconds(60) });
  const viewer = async (token: string) =>
    (await post(api, { token }, '{ viewer { id name role externalId } }')).body.data.viewer;
  const first = await viewer(await named('customer', 'Before'));
  expect(first).toMatchObject({ name: 'Before', role: 'CUSTOMER', externalId: 'several' });
  expect(await viewer(await named('vendor', 'After'))).toEqual({ ...first, name: 'After', role: 'VENDOR' });
});

test('the server tells that it lives and is ready', async () => {
  for (const path of ['/health/live', '/health/ready']) {
    const response = await fetch(new URL(path, api.url));
    await response.body?.cancel();
    expect([path, response.status]).toEqual([path, 200]);
  }
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
