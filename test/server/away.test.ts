/** A process whose PostgreSQL or Redis goes away and comes back: what it answers meanwhile, and that it goes on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startEmbedded } from '../../src/db/embedded.ts';
import { createLog } from '../../src/log.ts';
import { createProxy } from '../faults/proxy.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { startRedis } from '../support/redis.ts';
import { startProgram } from './program.ts';
import { type Answer, placeBid, postOrder, type Served } from './serve.ts';
import { connect, operation, type Talk } from './talk.ts';

const { url: shared, db } = await createTestDatabase();
const log = createLog({ level: 'error', pretty: true, output: process.stderr });
const bids = 'subscription ($orderId: ID!) { bidPlaced(orderId: $orderId) { amount { amount } } }';
async function start(env: Record<string, string>) {
  const program = await startProgram({ NODE_ENV: 'production', DRAIN_SECONDS: '0', ...env });
  onTestFinished(async () => {
    program.signal('SIGTERM');
    await program.ended;
  });
  const ask: Served['ask'] = async (query, { token, variables } = {}) => {
    const response = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  const ready = async () => {
    const response = await fetch(`${program.url}/health/ready`);
    return { code: response.status, ...((await response.json()) as { status: string; events: string }) };
  };
  const [casey, acme] = [await program.token('casey', 'customer'), await program.token('acme', 'vendor')];
  const orderId = await postOrder({ ask }, casey);
  const talking = await connect(program.url, casey);
  talking.send(operation('bids', bids, { orderId }));
  const bid = (amount: string) => placeBid({ ask }, acme, orderId, amount);
  const bidOnce = (amount: string, idempotencyKey: string) =>
    ask(
      `mutation ($input: PlaceBidInput!) { placeBid(input: $input) { ... on PlaceBidPayload { bid { revision } } ... on Refusal { code } } }`,
      { token: acme, variables: { input: { orderId, amount, idempotencyKey } } },
    );
  await bid('900');
  // Whether or not it had joined by then, it has when a bid is heard.
  let amount = 899;
  await vi.waitFor(async () => {
    await bid(String(amount--));
    expect(talking.queued().length).toBeGreaterThan(0);
  }, patiently);
  await vi.waitFor(() => expect(amountIn(talking.queued().at(-1))).toBe(`${amount + 1}.00`), patiently);
  while (talking.queued().length > 0) await talking.next();
  return { program, ready, bid, bidOnce, talking, orderId };
}

const amountIn = (frame: Awaited<ReturnType<Talk['next']>> | undefined) =>
  (frame?.payload as { data?: { bidPlaced?: { amount: { amount: string } } } } | undefined)?.data?.bidPlaced?.amount
    .amount;

const unavailable = { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfter: expect.any(Number) as number } }] };
const times = (said: string, text: string): number => said.split(text).length - 1;

test('while PostgreSQL is away all is UNAVAILABLE and sockets stay, and all goes on when it is back', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-away-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startEmbedded({ dataDir, log, noSync: true });
  onTestFinished(() => first.stop());
  const address = new URL(first.url);
  const proxy = await createProxy(Number(address.port));
  onTestFinished(() => proxy.close());
  address.port = String(proxy.port);
  const mails = {
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'no-reply@haggle.example',
    PUBLIC_URL: 'https://haggle.example',
  };
  const { program, ready, bid, talking, orderId } = await start({ DATABASE_URL: address.href, ...mails });

  await first.stop();
  const began = performance.now();
  expect(await bid('700')).toMatchObject(unavailable);
  talking.send(operation('m', 'mutation { createOrder(input: { title: "x", currency: "EUR" }) { __typename } }'));
  expect(await talking.next()).toMatchObject({ id: 'm', type: 'next', payload: unavailable });
  expect(await talking.next()).toEqual({ id: 'm', type: 'complete' });
  talking.send(operation('s', bids, { orderId }));
  expect(await talking.next()).toMatchObject({ id: 's', type: 'next', payload: unavailable });
  expect(await talking.next()).toEqual({ id: 's', type: 'complete' });
  const told = performance.now() - began;
  expect(await ready()).toMatchObject({ code: 503, status: 'unavailable' });
  const jobs = ['The sweep failed', 'Deadlines could not be kept', 'Those who were away could not be looked after'];
  for (const failed of jobs) await vi.waitFor(() => expect(program.said()).toContain(failed), patiently);

  const second = await startEmbedded({ dataDir, log, noSync: true });
  onTestFinished(() => second.stop());
  proxy.target = Number(new URL(second.url).port);
  const back = performance.now();
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, status: 'ready' }), patiently);
  expect(await bid('600')).toMatchObject({ data: { placeBid: { __typename: 'PlaceBidPayload' } } });
  expect(amountIn(await talking.next())).toBe('600.00');
  console.info(`told away within ${told.toFixed(0)} ms, on again ${(performance.now() - back).toFixed(0)} ms after`);
  expect(talking.socket.readyState).toBe(WebSocket.OPEN);
  expect(jobs.map((failed) => times(program.said(), failed))).toEqual([1, 1, 1]);
}, 60_000);

test('a PostgreSQL that is frozen is told of as UNAVAILABLE within seconds, sockets stay, and all goes on when it thaws', async () => {
  const address = new URL(shared);
  const proxy = await createProxy(Number(address.port));
  onTestFinished(() => proxy.close());
  address.port = String(proxy.port);
  const { ready, bid, bidOnce, talking, orderId } = await start({ DATABASE_URL: address.href });

  proxy.freeze();
  const began = performance.now();
  const asked = Array.from({ length: 20 }, (_, nth) => bidOnce(String(700 - nth), `frozen-${nth}`));
  talking.send(operation('m', 'mutation { createOrder(input: { title: "x", currency: "EUR" }) { __typename } }'));
  expect(await talking.next()).toMatchObject({ id: 'm', type: 'next', payload: unavailable });
  expect(await talking.next()).toEqual({ id: 'm', type: 'complete' });
  for (const answer of await Promise.all(asked)) expect(answer).toMatchObject(unavailable);
  const told = performance.now() - began;
  expect(told).toBeLessThan(8_000);
  expect(await ready()).toMatchObject({ code: 503, status: 'unavailable' });
  // Asked in vain once more: nothing piles up behind what was asked before.
  const again = performance.now();
  expect(await bidOnce('600', 'late')).toMatchObject(unavailable);
  expect(performance.now() - again).toBeLessThan(8_000);

  proxy.thaw();
  const thawed = performance.now();
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, status: 'ready' }), patiently);
  const taken = await vi.waitFor(async () => {
    const answer = await bidOnce('600', 'late');
    expect(answer.errors).toBeUndefined();
    return answer;
  }, patiently);
  expect(taken).toMatchObject({ data: { placeBid: { bid: { revision: expect.any(Number) as number } } } });
  await vi.waitFor(() => expect(talking.queued().map(amountIn)).toContain('600.00'), patiently);
  console.info(
    `told frozen within ${told.toFixed(0)} ms, on again ${(performance.now() - thawed).toFixed(0)} ms after`,
  );
  expect(await bidOnce('600', 'late')).toEqual(taken);
  expect(await bid('590')).toMatchObject({ data: { placeBid: { __typename: 'PlaceBidPayload' } } });
  expect(talking.socket.readyState).toBe(WebSocket.OPEN);
  const uuid = Buffer.from(orderId, 'base64url').toString().split(':')[1] ?? '';
  const events = await db.$client`
    select data ->> 'amount' as amount from events where topic = ${`order:${uuid}`} and kind = 'bidPlaced'`;
  const at600 = events.filter(({ amount }) => Number(amount) === 600);
  expect(at600).toHaveLength(1);
}, 60_000);

test('while Redis is away events come by the sweep within two seconds, and that is said once', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { program, ready, bid, talking, orderId } = await start({ DATABASE_URL: shared, REDIS_URL: redis.url });
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ status: 'ready', events: 'live' }), patiently);
  await redis.kill();
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, status: 'degraded' }), patiently);
  let slowest = 0;
  for (const amount of ['700', '690', '680', '670']) {
    await bid(amount);
    const began = performance.now();
    expect(amountIn(await talking.next())).toBe(`${amount}.00`);
    slowest = Math.max(slowest, performance.now() - began);
  }
  expect(slowest).toBeLessThan(2_000);
  talking.send(operation('joined', bids, { orderId }), { type: 'ping' });
  expect((await talking.next()).type).toBe('pong');
  const again = await startRedis({ port: redis.port });
  onTestFinished(() => again.stop());
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ status: 'ready' }), patiently);
  await bid('660');
  const heard = [await talking.next(), await talking.next()];
  expect(new Set(heard.map(({ id }) => id))).toEqual(new Set(['bids', 'joined']));
  expect(heard.map(amountIn)).toEqual(['660.00', '660.00']);
  console.info(`slowest event without Redis: ${slowest.toFixed(0)} ms`);
  expect(times(program.said(), 'Redis is away')).toBe(1);
  await vi.waitFor(() => expect(times(program.said(), 'Redis is back')).toBe(1), patiently);
}, 60_000);
