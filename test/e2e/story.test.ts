/** The story that the README tells, from the first bid to the deal; and what is done once though it is asked for twice. */

import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  cursorOf,
  eventOf,
  mutation,
  outcome,
  perform,
  placeBid,
  postOrder,
  read,
  type SubscriptionName,
  subscription,
  subscriptionNames,
} from './documents.ts';
import { ask, type Data, openSocket, type Person, person, type Stream, subscribe, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const api = await startApi({ databaseUrl });
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');
const victor = await person('victor', 'vendor');

type Told = { name: SubscriptionName; who: Person; of: string | null; stream: Stream };

/** One stream of each kind for each of them, of the order and of the viewer's own, over both transports. */
async function listenToAll(orderId: string, general: Map<Person, string>): Promise<Told[]> {
  const told: Told[] = [];
  for (const who of [casey, vera]) {
    const after = await cursorOf(api, who, orderId);
    for (const name of subscriptionNames) {
      if (who === casey && name === 'orderOpened') continue;
      for (const of of name === 'orderOpened' ? [null] : [orderId, null]) {
        if (who === vera && of === null && (name === 'bidPlaced' || name === 'bidWithdrawn')) continue;
        for (const transport of transports) {
          const variables = of ? { orderId, after } : { after: general.get(who) };
          told.push({ name, who, of, stream: subscribe(transport, api, who, subscription(name), variables) });
        }
      }
    }
  }
  return told;
}

test('from the first bid over a decline to the deal, each hears what concerns it, once and in order', async () => {
  const general = new Map([
    [casey, await cursorOf(api, casey)],
    [vera, await cursorOf(api, vera)],
  ]);
  const orderId = await postOrder(api, casey, { title: 'Chairs', visibility: 'OPEN' });
  const told = await listenToAll(orderId, general);
  const status = async () =>
    (await read(api, casey, 'query ($id: ID!) { order(id: $id) { status } }', { id: orderId })).order.status;

  const first = await placeBid(api, vera, orderId, '900');
  const second = await placeBid(api, victor, orderId, '850');
  const round = await perform(api, casey, 'requestNegotiation', {
    orderId,
    message: 'Who goes lower?',
    targetAmount: '800',
  });
  expect(round.negotiation.round).toBe(1);
  const negotiationId = round.negotiation.id;
  const { bid: lower } = await perform(api, vera, 'placeBid', { orderId, amount: '810', negotiationId });
  expect(lower).toMatchObject({ id: first.id, revision: 2, amount: { amount: '810.00' } });

  await perform(api, casey, 'confirmBid', { bidId: first.id, revision: 2 });
  expect(await status()).toBe('CONFIRMED');
  await perform(api, vera, 'declineConfirmation', { bidId: first.id, reason: 'Sold out' });
  expect(await status()).toBe('OPEN');
  const declined = await read(
    api,
    casey,
    'query ($id: ID!) { order(id: $id) { bids { totalCount edges { node { id status confirmation { answer reason } } } } } }',
    { id: orderId },
  );
  expect(declined.order.bids.edges.map((edge: Data) => edge.node)).toEqual([
    { id: second.id, status: 'ACTIVE', confirmation: null },
    { id: first.id, status: 'DECLINED', confirmation: { answer: 'DECLINED', reason: 'Sold out' } },
  ]);

  const again = await placeBid(api, vera, orderId, '950');
  expect(again).toMatchObject({ id: first.id, revision: 3, status: 'ACTIVE' });
  await perform(api, victor, 'withdrawBid', { bidId: second.id, reason: 'Too low' });
  await placeBid(api, victor, orderId, '940');
  await perform(api, casey, 'confirmBid', { bidId: first.id, revision: 3 });
  const accepted = await perform(api, vera, 'acceptConfirmation', { bidId: first.id });
  expect(accepted).toMatchObject({ order: { status: 'ACCEPTED' }, bid: { status: 'ACCEPTED', revision: 3 } });
  const { order } = await read(api, victor, 'query ($id: ID!) { order(id: $id) { status viewerBid { status } } }', {
    id: orderId,
  });
  expect(order).toEqual({ status: 'ACCEPTED', viewerBid: { status: 'LOST' } });

  const bids = ['900.00', '850.00', '810.00', '950.00', '940.00'];
  const expected: Record<SubscriptionName, unknown[]> = {
    bidPlaced: bids,
    bidWithdrawn: ['Too low'],
    negotiationRequested: ['Who goes lower?'],
    bidConfirmed: [2, 3],
    confirmationAnswered: ['DECLINED Sold out', 'ACCEPTED null'],
    orderOpened: [orderId],
    orderUpdated: ['CONFIRMED', 'OPEN', 'CONFIRMED', 'ACCEPTED'],
  };
  const gist: Record<SubscriptionName, (event: Data) => unknown> = {
    bidPlaced: (event) => event.amount.amount,
    bidWithdrawn: (event) => event.reason,
    negotiationRequested: (event) => event.negotiation.message,
    bidConfirmed: (event) => event.revision,
    confirmationAnswered: (event) => `${event.answer} ${event.reason}`,
    orderOpened: (event) => event.order.id,
    orderUpdated: (event) => event.status,
  };
  const ids = new Map<string, Set<string>>();
  for (const { name, who, of, stream } of told) {
    const events = (await stream.reached(expected[name].length)).map(eventOf);
    // Why a rival withdrew is not for her.
    const wanted = name === 'bidWithdrawn' && who === vera ? [null] : expected[name];
    expect([name, who.sub, of, events.map(gist[name])]).toEqual([name, who.sub, of, wanted]);
    ids.set(name, new Set([...(ids.get(name) ?? []), JSON.stringify(events.map(({ id }) => id))]));
    expect(events.every(({ occurredAt }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(occurredAt))).toBe(true);
    stream.stop();
  }
  // The id of an event is the same in every stream.
  for (const name of subscriptionNames) expect([name, ids.get(name)?.size]).toEqual([name, 1]);
});

describe('a key', () => {
  test('has one effect and one outcome, with its fields read anew', async () => {
    const orderId = await postOrder(api, casey);
    const input = { orderId, amount: '900', note: 'once', idempotencyKey: 'bid' };
    const bids = (await perform(api, vera, 'placeBid', input)).bid;
    expect((await perform(api, vera, 'placeBid', { ...input, amount: '900' })).bid).toEqual(bids);
    await placeBid(api, vera, orderId, '800');
    const repeated = (await perform(api, vera, 'placeBid', input)).bid;
    expect(repeated).toMatchObject({ id: bids.id, revision: 2, amount: { amount: '800.00' } });
    const stream = subscribe('WebSocket', api, vera, subscription('orderUpdated'), {
      orderId,
      after: await cursorOf(api, vera, orderId),
    });
    await perform(api, casey, 'cancelOrder', { orderId, idempotencyKey: 'end' });
    const socket = openSocket(api, casey);
    const answers = [
      await ask(api, casey, mutation('cancelOrder'), { input: { orderId, idempotencyKey: 'end' } }),
      await socket.ask(mutation('cancelOrder'), { input: { orderId, idempotencyKey: 'end' } }),
    ];
    expect(answers.map(outcome)).toEqual(['done', 'done']);
    expect(await stream.reached(1)).toHaveLength(1);
    stream.stop();
    await socket.close();
  });

  test('is each viewer’s and each mutation’s own, and another input with it is refused', async () => {
    const orderId = await postOrder(api, casey);
    const input = { orderId, amount: '900', idempotencyKey: 'mine' };
    const mine = (await perform(api, vera, 'placeBid', input)).bid;
    const other = (await perform(api, victor, 'placeBid', input)).bid;
    expect(other.id).not.toBe(mine.id);
    await perform(api, vera, 'withdrawBid', { bidId: mine.id, idempotencyKey: 'mine' });
    const reused = await ask(api, vera, mutation('placeBid'), { input: { ...input, amount: '899' } });
    expect(outcome(reused)).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('that was refused with is free again', async () => {
    const orderId = await postOrder(api, casey);
    await placeBid(api, vera, orderId, '900');
    const input = { orderId, amount: '950', idempotencyKey: 'again' };
    expect(outcome(await ask(api, vera, mutation('placeBid'), { input }))).toBe('BID_NOT_LOWER');
    expect(outcome(await ask(api, vera, mutation('placeBid'), { input: { ...input, amount: '850' } }))).toBe('done');
  });
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
