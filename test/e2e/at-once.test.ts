/** What comes at the same moment: one of it wins, and the others are told what they need to go on. */

import { expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { mutation, outcome, perform, placeBid, postOrder, read } from './documents.ts';
import { ask, openSocket, person } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const redisUrl = installation();
const apis = await Promise.all([startApi({ databaseUrl, redisUrl }), startApi({ databaseUrl, redisUrl })]);
const [first, second] = apis as [(typeof apis)[0], (typeof apis)[0]];
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');
const vendors = await Promise.all(Array.from({ length: 50 }, (_, nth) => person(`vendor-${nth}`, 'vendor')));

const statusOf = (orderId: string) =>
  read(
    first,
    casey,
    'query ($id: ID!) { order(id: $id) { status bids(first: 100) { edges { node { id status revision } } } } }',
    { id: orderId },
  );

test('of 50 confirmations of 50 bids at once, over two processes, one wins and the others name it', async () => {
  const orderId = await postOrder(first, casey);
  const bids = await Promise.all(vendors.map((vendor, nth) => placeBid(first, vendor, orderId, `${500 + nth}`)));
  const tabs = apis.map((api) => openSocket(api, casey));
  const answers = await Promise.all(
    bids.map(({ id }, nth) => tabs[nth % 2]!.ask(mutation('confirmBid'), { input: { bidId: id, revision: 1 } })),
  );
  const won = answers.filter((answer) => outcome(answer) === 'done');
  expect(won).toHaveLength(1);
  const winner = won[0]?.data.confirmBid.bid.id;
  for (const answer of answers.filter((other) => other !== won[0])) {
    expect(outcome(answer)).toBe('CONFIRMATION_PENDING');
    expect(answer.data.confirmBid.bid).toMatchObject({ id: winner, status: 'CONFIRMED' });
  }
  const { order } = await statusOf(orderId);
  expect(order.status).toBe('CONFIRMED');
  const confirmed = order.bids.edges.filter((edge: { node: { status: string } }) => edge.node.status === 'CONFIRMED');
  expect(confirmed.map((edge: { node: { id: string } }) => edge.node.id)).toEqual([winner]);
  await Promise.all(tabs.map((tab) => tab.stays()));
});

test('a bid that falls while it is being confirmed is either confirmed as it was seen, or has to be looked at again', async () => {
  const seen = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const orderId = await postOrder(first, casey);
    const { id: bidId } = await placeBid(first, vera, orderId, '900');
    const [confirmed, placed] = await Promise.all([
      ask(round % 2 ? first : second, casey, mutation('confirmBid'), { input: { bidId, revision: 1 } }),
      ask(first, vera, mutation('placeBid'), { input: { orderId, amount: '800' } }),
    ]);
    const outcomes = `${outcome(confirmed)} ${outcome(placed)}`;
    seen.add(outcomes);
    const { order } = await statusOf(orderId);
    const [edge] = order.bids.edges;
    if (outcomes === 'done ORDER_NOT_OPEN') {
      expect(edge.node).toMatchObject({ status: 'CONFIRMED', revision: 1 });
      expect(placed.data.placeBid.order).toMatchObject({ id: orderId, status: 'CONFIRMED' });
    } else {
      expect(outcomes).toBe('BID_REVISED done');
      expect(edge.node).toMatchObject({ status: 'ACTIVE', revision: 2 });
      expect(confirmed.data.confirmBid.bid).toMatchObject({ id: bidId, revision: 2, amount: { amount: '800.00' } });
    }
  }
  expect(seen.size).toBeGreaterThan(0);
});

test('of an accept and a cancellation at once, one wins and the other is told so', async () => {
  for (let round = 0; round < 20; round++) {
    const orderId = await postOrder(first, casey);
    const { id: bidId } = await placeBid(first, vera, orderId, '900');
    await perform(first, casey, 'confirmBid', { bidId, revision: 1 });
    const [accepted, cancelled] = await Promise.all([
      ask(round % 2 ? first : second, vera, mutation('acceptConfirmation'), { input: { bidId } }),
      ask(first, casey, mutation('cancelOrder'), { input: { orderId } }),
    ]);
    const { order } = await statusOf(orderId);
    if (order.status === 'ACCEPTED') {
      expect([outcome(accepted), outcome(cancelled)]).toEqual(['done', 'ORDER_ENDED']);
      expect(cancelled.data.cancelOrder.order.status).toBe('ACCEPTED');
      expect(order.bids.edges[0].node.status).toBe('ACCEPTED');
    } else {
      expect([outcome(accepted), outcome(cancelled)]).toEqual(['NO_CONFIRMATION_PENDING', 'done']);
      expect(order.status).toBe('CANCELLED');
      expect(order.bids.edges[0].node.status).toBe('LOST');
    }
  }
});

test('the same key at once over two processes has one effect, and every repeat its outcome', async () => {
  const input = { title: 'Once', currency: 'INR', idempotencyKey: 'at once' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, nth) => ask(apis[nth % 2]!, casey, mutation('createOrder'), { input })),
  );
  expect(answers.map(outcome)).toEqual(answers.map(() => 'done'));
  expect(new Set(answers.map(({ data }) => data.createOrder.order.id)).size).toBe(1);
  const { orders } = await read(first, casey, '{ orders(first: 100) { edges { node { title } } } }');
  expect(orders.edges.filter((edge: { node: { title: string } }) => edge.node.title === 'Once')).toHaveLength(1);
});

test('nothing of all this was an error to the servers', () => {
  for (const api of apis) expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
