/** Who may do, ask and hear what: every mutation, query and subscription with every role, over every transport. */

import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
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
  type SubscriptionName,
  subscription,
} from './documents.ts';
import { ask, openSocket, type Person, person, subscribe, type Transport, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const api = await startApi({ databaseUrl });

const people = {
  owner: await person('casey', 'customer'),
  otherCustomer: await person('otto', 'customer'),
  bidder: await person('vera', 'vendor'),
  otherVendor: await person('victor', 'vendor'),
  service: await person('backend', 'service'),
  nobody: null,
};
type Role = keyof typeof people;
const roles = Object.keys(people) as Role[];
const { owner, otherCustomer, bidder, otherVendor } = people;

/** A row of a table: what each role gets, in the order of `roles`. */
const cellsOf = (row: string): [Role, string][] =>
  row
    .trim()
    .split(/\s+/)
    .map((cell, nth) => [roles[nth] as Role, cell]);

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

describe('subscriptions', async () => {
  // The owner's two orders, one whose bids are open, and the order of another customer.
  const before = new Map<Role, string>();
  for (const role of roles) {
    const who = people[role];
    if (who) before.set(role, await cursorOf(api, who));
  }
  const ranked = await postOrder(api, owner, { title: 'Ranked' });
  const open = await postOrder(api, owner, { title: 'Open', visibility: 'OPEN' });
  const others = await postOrder(api, otherCustomer, { title: 'Others' });
  const cursors = new Map<string, string>();
  for (const role of roles) {
    const who = people[role];
    if (!who || role === 'otherCustomer') continue;
    for (const orderId of [ranked, open]) cursors.set(`${role} ${orderId}`, await cursorOf(api, who, orderId));
  }

  /** Each kind of event once at least, with a bid of this vendor. */
  async function play(customer: Person, orderId: string, vendor: Person): Promise<void> {
    const bidId = (await placeBid(api, vendor, orderId, '900')).id;
    await perform(api, customer, 'requestNegotiation', { orderId, message: 'Go lower' });
    await perform(api, vendor, 'withdrawBid', { bidId });
    await placeBid(api, vendor, orderId, '950');
    await perform(api, customer, 'confirmBid', { bidId, revision: 2 });
    await perform(api, vendor, 'declineConfirmation', { bidId });
  }
  await play(owner, ranked, bidder);
  await play(owner, open, bidder);
  await play(otherCustomer, others, otherVendor);

  // What is heard first: an event of the order that is named, `later` what concerns that vendor only from its own bid on.
  //   owner   otherCustomer  bidder  otherVendor  service  nobody
  type Rows = { ranked?: string; open?: string; without: string };
  const bids: Rows = {
    ranked: 'ranked  NOT_FOUND  FORBIDDEN  FORBIDDEN  ranked     UNAUTHENTICATED',
    open: '  open    NOT_FOUND  open       open       open       UNAUTHENTICATED',
    without: 'ranked  others    FORBIDDEN  FORBIDDEN  FORBIDDEN  UNAUTHENTICATED',
  };
  const ofVendor: Rows = {
    ranked: 'ranked  NOT_FOUND  ranked     later      ranked     UNAUTHENTICATED',
    open: '  open    NOT_FOUND  open       later      open       UNAUTHENTICATED',
    without: 'ranked  others    ranked     others     FORBIDDEN  UNAUTHENTICATED',
  };
  const table: Record<SubscriptionName, Rows> = {
    bidPlaced: bids,
    bidWithdrawn: bids,
    negotiationRequested: ofVendor,
    bidConfirmed: ofVendor,
    confirmationAnswered: ofVendor,
    orderOpened: { without: 'FORBIDDEN  FORBIDDEN  ranked  ranked  ranked  UNAUTHENTICATED' },
    orderUpdated: {
      ranked: 'ranked  NOT_FOUND  ranked     ranked     ranked     UNAUTHENTICATED',
      open: '  open    NOT_FOUND  open       open       open       UNAUTHENTICATED',
      without: 'ranked  others    ranked     ranked     FORBIDDEN  UNAUTHENTICATED',
    },
  };
  const cells = Object.entries(table).flatMap(([name, rows]) =>
    Object.entries(rows).flatMap(([of, row]) =>
      cellsOf(row).flatMap(([role, expected]) =>
        transports.map((transport) => [name as SubscriptionName, of as keyof Rows, role, transport, expected] as const),
      ),
    ),
  );
  const titles: Record<string, string> = { ranked: 'Ranked', open: 'Open', others: 'Others' };
  const ids: Record<string, string> = { ranked, open };

  function listenAs(name: SubscriptionName, of: keyof Rows, role: Role, transport: Transport) {
    const orderId = ids[of];
    const after = orderId === undefined ? before.get(role) : cursors.get(`${role} ${orderId}`);
    const variables = { ...(orderId && { orderId }), ...(after && { after }) };
    return subscribe(transport, api, people[role], subscription(name), variables);
  }

  const refused = cells.filter(([, , , , expected]) => /^[A-Z_]+$/.test(expected));
  test.each(refused)('%s (%s) by %s over %s is refused: %s', async (name, of, role, transport, code) => {
    const stream = listenAs(name, of, role, transport);
    expect(await stream.over()).toBe('complete');
    expect(stream.answers.map(({ data, errors }) => [data ?? null, errors?.[0]?.extensions.code])).toEqual([
      [null, code],
    ]);
    stream.stop();
  });

  const heard = cells.filter(([, , , , expected]) => expected in titles);
  test.each(heard)('%s (%s) by %s over %s is heard: %s', async (name, of, role, transport, expected) => {
    const stream = listenAs(name, of, role, transport);
    const { data, errors } = await stream.next();
    expect(errors).toBeUndefined();
    expect(data[name].order.title).toBe(titles[expected]);
    stream.stop();
  });

  test('what concerns a vendor by its bid is heard by another vendor only once it bids', async () => {
    const later = cells.filter(([, , , , expected]) => expected === 'later');
    const streams = later.map(([name, of, role, transport]) => ({ name, stream: listenAs(name, of, role, transport) }));
    await play(owner, ranked, otherVendor);
    await play(owner, open, otherVendor);
    const mine = await Promise.all(
      [ranked, open].map(async (id) => {
        const { order } = await read(
          api,
          otherVendor,
          'query ($id: ID!) { order(id: $id) { viewerBid { id } negotiations { edges { node { id } } } } }',
          { id },
        );
        return [order.viewerBid.id, ...order.negotiations.edges.map((edge: { node: { id: string } }) => edge.node.id)];
      }),
    );
    expect(streams).toHaveLength(12);
    for (const { name, stream } of streams) {
      const event = (await stream.next()).data[name];
      expect(mine.flat()).toContain((event.bid ?? event.negotiation).id);
      stream.stop();
    }
  });

  test('one that is refused leaves the socket and its other streams as they were', async () => {
    for (const role of roles) {
      const socket = openSocket(api, people[role]);
      const after = role === 'owner' ? cursors.get(`owner ${ranked}`) : undefined;
      const running = role === 'owner' ? socket.listen(subscription('bidPlaced'), { orderId: ranked, after }) : null;
      await running?.next();
      for (const name of ['bidPlaced', 'orderUpdated', 'orderOpened'] as const) {
        const stream = socket.listen(subscription(name), name === 'orderOpened' ? {} : { orderId: 'nonsense' });
        if (name === 'orderOpened' && /bidder|otherVendor|service/.test(role)) {
          stream.stop();
          continue;
        }
        expect(await stream.over()).toBe('complete');
        expect(stream.answers).toHaveLength(1);
      }
      await running?.next();
      await socket.stays();
      await socket.close();
    }
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
