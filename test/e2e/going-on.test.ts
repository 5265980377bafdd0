/** What a stream promises whoever comes back to it: after a cursor exactly the rest follows, and no gap before. */

import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  cursorOf,
  eventOf,
  perform,
  placeBid,
  postOrder,
  read,
  type SubscriptionName,
  subscription,
} from './documents.ts';
import { type Data, type Person, person, type Stream, subscribe, type Transport, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const api = await startApi({ databaseUrl });
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');

/** All that a stream sends until its last event of that id. */
async function untilId(stream: Stream, id: string): Promise<Data[]> {
  for (let count = 1; ; count++) {
    const events = (await stream.reached(count)).map(eventOf);
    if (events.at(-1)?.id === id) return events;
    if (events.length < count) throw new Error('The stream ended before.');
  }
}

describe.each<Transport>([...transports])('over %s', (transport) => {
  const open = (who: Person, name: SubscriptionName, variables: object) =>
    subscribe(transport, api, who, subscription(name), { ...variables });

  test.each([true, false])(
    'after the cursor of any event exactly the rest follows (with an orderId: %s)',
    async (withOrder) => {
      const before = await cursorOf(api, casey);
      const orderId = await postOrder(api, casey);
      const start = withOrder ? await cursorOf(api, casey, orderId) : before;
      const of = withOrder ? { orderId } : {};
      for (const amount of ['900', '890', '880', '870', '860', '850']) {
        await placeBid(api, vera, orderId, amount);
        if (amount === '880') await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower' });
      }
      const stream = open(casey, 'bidPlaced', { ...of, after: start });
      const all = (await stream.reached(6)).map(eventOf);
      stream.stop();
      expect(all.map(({ amount }) => amount.amount)).toEqual([
        '900.00',
        '890.00',
        '880.00',
        '870.00',
        '860.00',
        '850.00',
      ]);
      expect(new Set(all.map(({ cursor }) => cursor)).size).toBe(6);
      const last = all.at(-1);
      for (const [nth, { cursor }] of all.slice(0, -1).entries()) {
        const rest = open(casey, 'bidPlaced', { ...of, after: cursor });
        expect(await untilId(rest, last.id)).toEqual(all.slice(nth + 1));
        rest.stop();
      }
      // After the last one nothing, until something new happens.
      const fresh = open(casey, 'bidPlaced', { ...of, after: last.cursor });
      await placeBid(api, vera, orderId, '840');
      expect(eventOf(await fresh.next()).amount.amount).toBe('840.00');
      fresh.stop();
      // The cursor of another event of the same stream will do as well.
      const other = open(casey, 'negotiationRequested', { ...of, after: all[1].cursor });
      expect(eventOf(await other.next()).negotiation.message).toBe('Lower');
      other.stop();
    },
  );

  test('a query and a subscription after its cursor leave no gap, while bids fall', async () => {
    const orderId = await postOrder(api, casey);
    const amounts = Array.from({ length: 40 }, (_, nth) => `${900 - nth}.00`);
    let falling = true;
    const placed = (async () => {
      for (const amount of amounts) await placeBid(api, vera, orderId, amount);
      falling = false;
    })();
    const followed: { seen: string | undefined; stream: Stream }[] = [];
    const question = 'query ($id: ID!) { order(id: $id) { bids { edges { node { amount { amount } } } } cursor } }';
    while (falling) {
      const { order } = await read(api, casey, question, { id: orderId });
      const seen = order.bids.edges[0]?.node.amount.amount;
      followed.push({ seen, stream: open(casey, 'bidPlaced', { orderId, after: order.cursor }) });
    }
    await placed;
    expect(followed.length).toBeGreaterThan(3);
    for (const { seen, stream } of followed) {
      const from = seen === undefined ? 0 : amounts.indexOf(seen) + 1;
      const rest = amounts.slice(from);
      // What the answer showed already may come once more, what it did not show has to.
      const heard: string[] = [];
      while (heard.at(-1) !== amounts.at(-1) && (rest.length > 0 || heard.length > 0)) {
        heard.push(eventOf(await stream.next()).amount.amount);
      }
      expect(heard).toEqual(amounts.slice(amounts.length - heard.length));
      expect(heard.length).toBeGreaterThanOrEqual(rest.length);
      stream.stop();
    }
  });

  test('a list and a subscription after its cursor leave no gap, while orders open', async () => {
    const titles = Array.from({ length: 20 }, (_, nth) => `${transport} ${nth}`);
    let opening = true;
    const opened = (async () => {
      for (const title of titles) await postOrder(api, casey, { title });
      opening = false;
    })();
    const followed: { seen: string[]; stream: Stream }[] = [];
    while (opening) {
      const { orders } = await read(api, vera, '{ orders(first: 100) { edges { node { title } } cursor } }');
      const seen = orders.edges.map((edge: Data) => edge.node.title);
      followed.push({ seen, stream: open(vera, 'orderOpened', { after: orders.cursor }) });
    }
    await opened;
    for (const { seen, stream } of followed) {
      const known = new Set(seen);
      while (!titles.every((title) => known.has(title))) known.add(eventOf(await stream.next()).order.title);
      stream.stop();
    }
  });

  test('without a cursor a stream begins from now on', async () => {
    const orderId = await postOrder(api, casey);
    await placeBid(api, vera, orderId, '900');
    const stream = open(casey, 'bidPlaced', { orderId });
    let amount = 899;
    // A subscription is not acknowledged, so bids fall until one is heard.
    while (stream.answers.length === 0) await placeBid(api, vera, orderId, `${amount--}`);
    await placeBid(api, vera, orderId, '1');
    const heard: number[] = [];
    while (heard.at(-1) !== 1) heard.push(Number(eventOf(await stream.next()).amount.amount));
    expect(heard[0]).toBeLessThan(900);
    const [begin = 0] = heard;
    expect(heard.slice(0, -1)).toEqual(Array.from({ length: begin - amount }, (_, nth) => begin - nth));
    stream.stop();
  });
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
