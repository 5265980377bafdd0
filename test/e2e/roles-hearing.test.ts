/** Who may hear what: every subscription with every role, over every transport. */

import { describe, expect, test } from 'vitest';
import { cursorOf, perform, placeBid, postOrder, read, type SubscriptionName, subscription } from './documents.ts';
import { openSocket, type Person, subscribe, type Transport, transports } from './outside.ts';
import { api, bidder, cellsOf, otherCustomer, otherVendor, owner, people, type Role, roles } from './roles.ts';

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

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
