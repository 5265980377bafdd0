/** Who may do and ask what: every mutation and query with every role, over HTTP and WebSocket. */

import { describe, expect, test } from 'vitest';
import {
  cursorOf,
  type MutationName,
  mutation,
  notifications,
  outcome,
  perform,
  placeBid,
  postOrder,
  read,
} from './documents.ts';
import { ask, openSocket, person } from './outside.ts';
import { api, bidder, cellsOf, otherVendor, owner, people, type Role } from './roles.ts';

describe('mutations', async () => {
  const leaverId = (await read(api, await person('leaver', 'vendor'), '{ viewer { id } }')).viewer.id;

  //                       owner      otherCustomer  bidder     otherVendor  service    nobody
  const table: Record<MutationName, string> = {
    createOrder: '         done       done           FORBIDDEN  FORBIDDEN    FORBIDDEN  UNAUTHENTICATED',
    cancelOrder: '         done       NOT_FOUND      FORBIDDEN  FORBIDDEN    FORBIDDEN  UNAUTHENTICATED',
    placeBid: '            FORBIDDEN  FORBIDDEN      done       done         FORBIDDEN  UNAUTHENTICATED',
    withdrawBid: '         FORBIDDEN  FORBIDDEN      done       NOT_FOUND    FORBIDDEN  UNAUTHENTICATED',
    requestNegotiation: '  done       NOT_FOUND      FORBIDDEN  FORBIDDEN    FORBIDDEN  UNAUTHENTICATED',
    confirmBid: '          done       NOT_FOUND      FORBIDDEN  FORBIDDEN    FORBIDDEN  UNAUTHENTICATED',
    acceptConfirmation: '  FORBIDDEN  FORBIDDEN      done       NOT_FOUND    FORBIDDEN  UNAUTHENTICATED',
    declineConfirmation: ' FORBIDDEN  FORBIDDEN      done       NOT_FOUND    FORBIDDEN  UNAUTHENTICATED',
    revokeSessions: '      FORBIDDEN  FORBIDDEN      FORBIDDEN  FORBIDDEN    done       UNAUTHENTICATED',
    notify: '              FORBIDDEN  FORBIDDEN      FORBIDDEN  FORBIDDEN    done       UNAUTHENTICATED',
    notifyAll: '           FORBIDDEN  FORBIDDEN      FORBIDDEN  FORBIDDEN    done       UNAUTHENTICATED',
    markNotificationsRead: 'done      done           done       done         FORBIDDEN  UNAUTHENTICATED',
  };
  const cells = Object.entries(table).flatMap(([name, row]) =>
    cellsOf(row).map(([role, expected]) => [name as MutationName, role, expected] as const),
  );

  /** An order with a bid, as far as the mutation needs it, and what it then takes. */
  async function inputFor(name: MutationName, role: Role): Promise<object> {
    if (name === 'createOrder') return { title: 'Tables', currency: 'EUR' };
    if (name === 'revokeSessions') return { userId: leaverId };
    if (name === 'notify') return { to: 'leaver', action: 'hello' };
    if (name === 'notifyAll') return { notifications: [{ to: 'leaver', action: 'hello' }] };
    if (name === 'markNotificationsRead') return { upTo: await cursorOf(api, people[role] ?? owner) };
    const orderId = await postOrder(api, owner);
    const bid = await placeBid(api, bidder, orderId, '900');
    const answers = name === 'acceptConfirmation' || name === 'declineConfirmation';
    if (answers) await perform(api, owner, 'confirmBid', { bidId: bid.id, revision: 1 });
    const inputs: Record<MutationName, object> = {
      createOrder: {},
      cancelOrder: { orderId },
      placeBid: { orderId, amount: '800' },
      withdrawBid: { bidId: bid.id },
      requestNegotiation: { orderId, message: 'Go lower' },
      confirmBid: { bidId: bid.id, revision: 1 },
      acceptConfirmation: { bidId: bid.id },
      declineConfirmation: { bidId: bid.id },
      revokeSessions: {},
      notify: {},
      notifyAll: {},
      markNotificationsRead: {},
    };
    return inputs[name];
  }

  test.each(cells)('%s by %s: %s', async (name, role, expected) => {
    const overHttp = await ask(api, people[role], mutation(name), { input: await inputFor(name, role) });
    expect(outcome(overHttp)).toBe(expected);
    const socket = openSocket(api, people[role]);
    const overSocket = await socket.ask(mutation(name), { input: await inputFor(name, role) });
    expect(outcome(overSocket)).toBe(expected);
    await socket.stays();
    await socket.close();
  });
});

describe('queries', async () => {
  const orderId = await postOrder(api, owner, { externalId: 'host-1' });
  const bidId = (await placeBid(api, bidder, orderId, '900')).id;
  const round = await perform(api, owner, 'requestNegotiation', { orderId, message: 'Go lower' });
  const vendorId = (await read(api, bidder, '{ viewer { id } }')).viewer.id;
  const toldId = (await read(api, owner, notifications)).notifications.edges[0].node.id;
  const variables = { orderId, bidId, roundId: round.negotiation.id, vendorId, toldId };

  //                                             owner   otherCustomer  bidder  otherVendor  service  nobody
  const table: Record<string, string> = {
    'viewer { id }': '                           there   there          there   there        there    null',
    serverTime: '                                there   there          there   there        there    there',
    'order(id: $orderId) { id }': '              there   null           there   there        there    UNAUTHENTICATED',
    'node(id: $orderId) { id }': '               there   null           there   there        there    UNAUTHENTICATED',
    'node(id: $bidId) { id }': '                 there   null           there   null         there    UNAUTHENTICATED',
    'node(id: $roundId) { id }': '               there   null           there   null         there    UNAUTHENTICATED',
    'node(id: $vendorId) { id }': '              there   null           there   null         there    UNAUTHENTICATED',
    'node(id: $toldId) { id }': '                there   null           null    null         null     UNAUTHENTICATED',
    'notifications(last: 100) { edges { node { order { id } } } }': ' there null there null null UNAUTHENTICATED',
    'nodes(ids: [$orderId]) { id }': '           there   null           there   there        there    UNAUTHENTICATED',
    'nodes(ids: [$bidId]) { id }': '             there   null           there   null         there    UNAUTHENTICATED',
    'orders(first: 100) { edges { node { id } } }': ' there null        there   there        there    UNAUTHENTICATED',
    'orders(externalId: "host-1") { edges { node { id } } }': ' there null FORBIDDEN FORBIDDEN there  UNAUTHENTICATED',
    'orders(bidOn: true, first: 100) { edges { node { id } } }':
      ' BAD_USER_INPUT BAD_USER_INPUT there null BAD_USER_INPUT UNAUTHENTICATED',
    'order(id: $bidId) { id }':
      '  BAD_USER_INPUT BAD_USER_INPUT BAD_USER_INPUT BAD_USER_INPUT BAD_USER_INPUT UNAUTHENTICATED',
  };
  const cells = Object.entries(table).flatMap(([field, row]) =>
    cellsOf(row).map(([role, expected]) => [field, role, expected] as const),
  );

  /** Only the variables that the field uses, or the document would not validate. */
  function documentOf(field: string): string {
    const used = Object.keys(variables).filter((name) => field.includes(`$${name}`));
    return `query ${used.length > 0 ? `(${used.map((name) => `$${name}: ID!`).join()})` : ''} { result: ${field} }`;
  }

  function found(result: unknown): string {
    const seen = JSON.stringify(result ?? null);
    const inList = seen.includes('"edges"') ? seen.includes(`"${orderId}"`) : seen.length > '[null]'.length;
    return inList ? 'there' : 'null';
  }

  test.each(cells)('%s by %s: %s', async (field, role, expected) => {
    const socket = openSocket(api, people[role]);
    const answers = await Promise.all([
      ask(api, people[role], documentOf(field), variables),
      socket.ask(documentOf(field), variables),
    ]);
    for (const { data, errors } of answers) {
      expect(errors ? errors[0]?.extensions.code : found(data.result)).toBe(expected);
    }
    await socket.stays();
    await socket.close();
  });
});

test('a bid of a rival that a vendor knows by its alias is FORBIDDEN to it, not NOT_FOUND', async () => {
  const orderId = await postOrder(api, owner, { visibility: 'OPEN' });
  const bidId = (await placeBid(api, bidder, orderId, '900')).id;
  expect(outcome(await ask(api, otherVendor, mutation('withdrawBid'), { input: { bidId } }))).toBe('FORBIDDEN');
  await perform(api, owner, 'confirmBid', { bidId, revision: 1 });
  for (const name of ['acceptConfirmation', 'declineConfirmation'] as const) {
    expect(outcome(await ask(api, otherVendor, mutation(name), { input: { bidId } }))).toBe('FORBIDDEN');
  }
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
