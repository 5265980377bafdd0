/** Deadlines as outside programs see them: kept without anybody asking, and heard by all whom they concern. */

import { expect, test, vi } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { inMs } from '../support/time.ts';
import { cursorOf, mutation, outcome, perform, placeBid, postOrder, read, subscription } from './documents.ts';
import { type Answer, ask, type Data, person, subscribe, transports } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');
const victor = await person('victor', 'vendor');
const api = await startApi({ databaseUrl, env: { CONFIRM_WITHIN: '2' } });

const eventOf = ({ data }: Answer): Data => Object.values(data as Record<string, Data>)[0];
const bidStatus = 'query ($id: ID!) { node(id: $id) { ... on Bid { status confirmation { answer } } } }';

test('an order closes and expires, which everyone hears who may see it', async () => {
  const closesAt = inMs(2_000).toISOString();
  const general = new Map([casey, vera].map((who) => [who, cursorOf(api, who)]));
  const orderId = await postOrder(api, casey, { closesAt });
  const listening = [casey, vera].flatMap((who) =>
    [orderId, null].flatMap((of) =>
      transports.map(async (transport) => {
        const after = of ? await cursorOf(api, who, of) : await general.get(who);
        return subscribe(transport, api, who, subscription('orderUpdated'), { orderId: of, after });
      }),
    ),
  );
  const bid = await placeBid(api, vera, orderId, '900');
  for (const stream of await Promise.all(listening)) {
    const [closed, expired] = (await stream.reached(2)).map(eventOf);
    expect([closed.status, expired.status]).toEqual(['CLOSED', 'EXPIRED']);
    expect(closed).toMatchObject({ closesAt, reason: null, order: { id: orderId } });
    const late = Date.parse(closed.occurredAt) - Date.parse(closesAt);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
    expect(Date.parse(expired.occurredAt) - Date.parse(closesAt)).toBeGreaterThanOrEqual(2_000);
    stream.stop();
  }
  expect((await read(api, vera, bidStatus, { id: bid.id })).node.status).toBe('LOST');
  const refused = await ask(api, casey, mutation('confirmBid'), { input: { bidId: bid.id, revision: 1 } });
  expect(outcome(refused)).toBe('ORDER_ENDED');
});

test('a confirmation lapses, which its customer and its vendor hear', async () => {
  const orderId = await postOrder(api, casey);
  const [bid, other] = [await placeBid(api, vera, orderId, '900'), await placeBid(api, victor, orderId, '950')];
  const streams = await Promise.all(
    [casey, vera].map(async (who) => {
      const variables = { orderId, after: await cursorOf(api, who, orderId) };
      return {
        answered: subscribe('WebSocket', api, who, subscription('confirmationAnswered'), variables),
        updated: subscribe('SSE', api, who, subscription('orderUpdated'), variables),
      };
    }),
  );
  const acceptBy = inMs(1_000);
  await perform(api, casey, 'confirmBid', { bidId: bid.id, revision: 1, acceptBy: acceptBy.toISOString() });
  for (const { answered, updated } of streams) {
    const [lapsed] = (await answered.reached(1)).map(eventOf);
    expect(lapsed).toMatchObject({
      accepted: false,
      answer: 'LAPSED',
      reason: null,
      bid: { id: bid.id, status: 'DECLINED' },
    });
    expect(Date.parse(lapsed.occurredAt)).toBeGreaterThanOrEqual(acceptBy.getTime());
    const [, open] = (await updated.reached(2)).map(eventOf);
    expect(open.status).toBe('OPEN');
    answered.stop();
    updated.stop();
  }
  const { node } = await read(api, vera, bidStatus, { id: bid.id });
  expect(node).toEqual({ status: 'DECLINED', confirmation: { answer: 'LAPSED' } });
  const late = await ask(api, vera, mutation('acceptConfirmation'), { input: { bidId: bid.id } });
  expect(outcome(late)).toBe('NO_CONFIRMATION_PENDING');
  await perform(api, casey, 'confirmBid', { bidId: other.id, revision: 1 });
  await perform(api, casey, 'cancelOrder', { orderId });
});

test('a round ends: from then on a closed order takes no bid', async () => {
  const orderId = await postOrder(api, casey, { closesAt: inMs(2_000).toISOString() });
  await placeBid(api, vera, orderId, '900');
  const closed = subscribe('SSE', api, vera, subscription('orderUpdated'), {
    orderId,
    after: await cursorOf(api, vera, orderId),
  });
  const respondBy = inMs(4_500).toISOString();
  await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower?', respondBy });
  await closed.reached(1);
  closed.stop();
  let amount = 899;
  const bid = () => ask(api, vera, mutation('placeBid'), { input: { orderId, amount: `${amount--}` } });
  expect(outcome(await bid())).toBe('done');
  await vi.waitFor(async () => expect(outcome(await bid())).toBe('ORDER_NOT_OPEN'), patiently);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(respondBy));
  // It had waited for the round longer than for a confirmation.
  const status = async () =>
    (await read(api, vera, 'query ($id: ID!) { order(id: $id) { status } }', { id: orderId })).order.status;
  await vi.waitFor(async () => expect(await status()).toBe('EXPIRED'), patiently);
});
