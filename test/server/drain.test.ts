/** How a process lets its clients go: spread as configured, with what was asked answered first. */

import { expect, test } from 'vitest';
import { drain } from '../../src/server/drain.ts';
import { postOrder, serve } from './serve.ts';
import { streamBySse } from './streams.ts';
import { connect, operation } from './talk.ts';

const served = await serve();
const large = await serve();
const bids = 'subscription ($orderId: ID!) { bidPlaced(orderId: $orderId) { id } }';

/** The most that came within any window of so many milliseconds. */
function mostWithin(moments: readonly number[], window: number): number {
  return Math.max(...moments.map((first) => moments.filter((one) => one >= first && one < first + window).length));
}

test('sockets and streams are closed in small groups, spread over the configured time', async () => {
  const token = await large.token('casey', 'customer');
  const orderId = await postOrder(large, token);
  const moments: number[] = [];
  const sockets = await Promise.all(Array.from({ length: 200 }, () => connect(large.url, token)));
  const codes = sockets.map(async ({ closed }) => {
    const { code } = await closed;
    moments.push(performance.now());
    return code;
  });
  const streams = await Promise.all(
    Array.from({ length: 40 }, () => streamBySse(large.url, bids, { token, variables: { orderId } })),
  );
  const cut = streams.map(async (stream) => {
    await expect(stream.next()).rejects.toThrow('terminated');
    moments.push(performance.now());
  });
  const began = performance.now();
  await large.server.close(2_000);
  expect(new Set(await Promise.all(codes))).toEqual(new Set([1012]));
  await Promise.all(cut);
  const took = performance.now() - began;
  expect(took).toBeGreaterThan(1_700);
  expect(took).toBeLessThan(3_500);
  // 240 in two seconds are 12 in a tenth of one.
  const most = mostWithin(moments, 100);
  console.info(`240 closed in ${took.toFixed(0)} ms, at most ${most} in 100 ms`);
  expect(most).toBeLessThan(48);
});

test('where there are few, nobody waits for the whole time', async () => {
  const began = performance.now();
  await drain([async () => {}, async () => {}, async () => {}], 60_000);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test('mutations that run are answered before their socket closes and their request ends', async () => {
  const token = await served.token('casey', 'customer');
  const create = 'mutation { createOrder(input: { title: "Chairs", currency: "EUR" }) { __typename } }';
  const talking = await connect(served.url, token);
  const request = served.ask(create, { token });
  // A ping is answered before what takes longer: by then the server has read all that came before it.
  talking.send(...Array.from({ length: 20 }, (_, nth) => operation(`${nth}`, create)), { type: 'ping' });
  const frames = [];
  do frames.push(await talking.next());
  while (frames.at(-1)?.type !== 'pong');
  await served.server.close(0);
  expect((await talking.closed).code).toBe(1012);
  const answers = [...frames, ...talking.queued()].filter(({ type }) => type === 'next');
  expect(answers).toHaveLength(20);
  expect(answers.every(({ payload }) => JSON.stringify(payload).includes('CreateOrderPayload'))).toBe(true);
  expect(await request).toEqual({ data: { createOrder: { __typename: 'CreateOrderPayload' } } });
  await expect(connect(served.url)).rejects.toThrow('ECONNREFUSED');
});
