/** What a subscription promises, over WebSocket and over server-sent events alike: one body, both transports. */

import { describe, expect, test, vi } from 'vitest';
import { decodeId } from '../../src/schema/ids.ts';
import { patiently } from '../support/patiently.ts';
import { placeBid, postOrder, serve } from './serve.ts';
import { streamBySocket, streamBySse } from './streams.ts';
import type { Payload } from './talk.ts';

const served = await serve();
const bids = `subscription ($orderId: ID, $after: Cursor) {
  bidPlaced(orderId: $orderId, after: $after) { id cursor amount { amount } }
}`;
type Bid = { id: string; cursor: string; amount: { amount: string } };
const bidIn = (result: Payload | null) => result?.data?.['bidPlaced'] as Bid;
const members = () => served.hub.stats().members;

describe.each([
  { name: 'WebSocket', open: streamBySocket },
  { name: 'server-sent events', open: streamBySse },
])('over $name', ({ open }) => {
  const casey = served.token('casey', 'customer');
  const acme = served.token('acme', 'vendor');

  test('events come as they happen, each once and in order', async () => {
    const token = await casey;
    const orderId = await postOrder(served, token);
    const stream = await open(served.url, bids, { token, variables: { orderId } });
    await vi.waitUntil(() => members() === 1, patiently);
    for (const amount of ['900', '800', '700']) await placeBid(served, await acme, orderId, amount);
    const amounts = [await stream.next(), await stream.next(), await stream.next()].map(
      (one) => bidIn(one).amount.amount,
    );
    expect(amounts).toEqual(['900.00', '800.00', '700.00']);
    stream.leave();
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('a cursor goes on where it was', async () => {
    const token = await casey;
    const orderId = await postOrder(served, token);
    const first = await open(served.url, bids, { token, variables: { orderId } });
    await vi.waitUntil(() => members() === 1, patiently);
    for (const amount of ['900', '800', '700']) await placeBid(served, await acme, orderId, amount);
    const { cursor } = bidIn(await first.next());
    first.leave();
    const second = await open(served.url, bids, { token, variables: { orderId, after: cursor } });
    expect(bidIn(await second.next()).amount.amount).toBe('800.00');
    expect(bidIn(await second.next()).amount.amount).toBe('700.00');
    second.leave();
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('a user is here from its first connection to the end of its last', async () => {
    const token = await served.token(`dana by ${open.name}`, 'customer');
    const answer = await served.ask('{ viewer { id } }', { token });
    const viewer = answer.data?.['viewer'] as { id: string } | null | undefined;
    const dana = decodeId('User', viewer?.id ?? '');
    const isHere = async () => (await served.presence.online([dana])).has(dana);
    // A request that is answered and over leaves nobody here.
    expect(await isHere()).toBe(false);
    const [first, second] = [await open(served.url, bids, { token }), await open(served.url, bids, { token })];
    await vi.waitFor(async () => expect(await isHere()).toBe(true), patiently);
    await vi.waitUntil(() => members() === 2, patiently);
    first.leave();
    await vi.waitUntil(() => members() === 1, patiently);
    expect(await isHere()).toBe(true);
    second.leave();
    await vi.waitFor(async () => expect(await isHere()).toBe(false), patiently);
  });

  test('whoever leaves is forgotten at once, while nothing happens', async () => {
    const token = await casey;
    const orderId = await postOrder(served, token);
    const streams = await Promise.all([1, 2, 3].map(() => open(served.url, bids, { token, variables: { orderId } })));
    await vi.waitUntil(() => members() === 3, patiently);
    for (const stream of streams) stream.leave();
    await vi.waitUntil(() => members() === 0, patiently);
    await vi.waitUntil(() => served.server.stats().streams === 0 && served.server.stats().sockets === 0, patiently);
  });

  test.each<[string, string, object]>([
    ['UNAUTHENTICATED', 'nobody', {}],
    ['FORBIDDEN', 'vendor', {}],
    ['CURSOR_INVALID', 'customer', { after: 'AAAA' }],
    ['NOT_FOUND', 'customer', { orderId: Buffer.from(`Order:${crypto.randomUUID()}`).toString('base64url') }],
    ['BAD_USER_INPUT', 'customer', { orderId: 'nonsense' }],
    ['BAD_USER_INPUT', 'customer', { orderId: { a: 1 } }],
  ])('refused with %s, a %s gets one result with errors, then complete', async (code, role, variables) => {
    const token = role === 'nobody' ? undefined : await served.token('somebody', role as 'customer');
    const stream = await open(served.url, bids, { token, variables: { ...variables } });
    const result = await stream.next();
    expect(result?.errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(await stream.next()).toBeNull();
    stream.leave();
  });

  test('an operation that is no subscription answers once, then completes', async () => {
    const stream = await open(served.url, '{ viewer { name } }', { token: await casey });
    expect(await stream.next()).toEqual({ data: { viewer: { name: 'casey' } } });
    expect(await stream.next()).toBeNull();
    stream.leave();
  });
});

describe('a token that expires', () => {
  test('ends a stream of server-sent events with UNAUTHENTICATED', async () => {
    const token = await served.token('casey', 'customer', 4);
    const stream = await streamBySse(served.url, bids, { token });
    await vi.waitUntil(() => members() === 1, patiently);
    const result = await stream.next();
    expect(result?.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(await stream.next()).toBeNull();
    await vi.waitUntil(() => members() === 0, patiently);
  });
});

test('server-sent events come by GET too, with a token and without', async () => {
  const query = new URLSearchParams({ query: 'subscription { bidPlaced { id } }' });
  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${served.url}/graphql?${query}`, { headers: { accept: 'text/event-stream', ...headers } });
  const refused = await ask();
  expect(refused.headers.get('content-type')).toContain('text/event-stream');
  expect(await refused.text()).toContain('UNAUTHENTICATED');
  const taken = await ask({ authorization: `Bearer ${await served.token('casey', 'customer')}` });
  await vi.waitUntil(() => members() === 1, patiently);
  await taken.body?.cancel();
  await vi.waitUntil(() => members() === 0, patiently);
});
