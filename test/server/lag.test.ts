/** Readers that do not take what they are sent: what they cost, that they miss nothing, and when they are given up. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { signToken } from '../../src/auth/token.ts';
import { orderTopic } from '../../src/domain/topics.ts';
import { orderScope, placeIn } from '../../src/pubsub/cursor.ts';
import { encodeId } from '../../src/schema/ids.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';
import type { Ask, Measure } from './lag-server.ts';
import { connect, operation, type Payload } from './talk.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const market = createMarket(db);
const secret = 'a secret of the tests, and of nothing else';
const query = 'subscription ($orderId: ID!) { orderUpdated(orderId: $orderId) { cursor reason } }';
/** Where megabytes have to be written first. */
const inLong = { ...patiently, timeout: 30_000 };

async function start(options: { stall: number }) {
  const program = fileURLToPath(new URL('./lag-server.ts', import.meta.url));
  const child = fork(program, [databaseUrl, secret, String(options.stall)], { execArgv: ['--expose-gc'] });
  const answers = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0];
  const port = await answers<number>();
  const ask = async <T>(what: Ask): Promise<T> => {
    const answered = answers<T>();
    child.send(what);
    return answered;
  };
  onTestFinished(async () => {
    const gone = once(child, 'exit');
    await ask({ kind: 'stop' });
    await gone;
  });
  const customer = await market.customer();
  const orderId = await market.order(customer);
  const token = await signToken({ secret, sub: customer.externalId, role: 'customer', expiresInSeconds: 600 });
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    orderId,
    variables: { orderId: encodeId('Order', orderId) },
    measure: () => ask<Measure>({ kind: 'measure' }),
    append: (count: number, padding: number) => ask({ kind: 'append', orderId, count, padding }),
  };
}

type Started = Awaited<ReturnType<typeof start>>;
type Reader = { stall(): void; drain(): void; heard: Payload[]; leave(): void };

async function bySocket({ url, token, variables }: Started): Promise<Reader> {
  const talking = await connect(url, token);
  talking.send(operation('1', query, variables));
  const heard: Payload[] = [];
  talking.socket.on('message', (data) => {
    heard.push((JSON.parse((data as Buffer).toString('utf8')) as { payload: Payload }).payload);
  });
  return {
    stall: () => talking.socket.pause(),
    drain: () => talking.socket.resume(),
    heard,
    leave: () => talking.socket.terminate(),
  };
}

async function byStream({ url, token, variables }: Started): Promise<Reader> {
  const asking = request(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'content-type': 'application/json' },
  });
  asking.end(JSON.stringify({ query, variables }));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const heard: Payload[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (text + piece).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) heard.push(JSON.parse(line.slice(6)) as Payload);
  });
  response.on('error', () => {});
  return { stall: () => response.pause(), drain: () => response.resume(), heard, leave: () => response.destroy() };
}

test.each([
  { kind: 'socket', open: bySocket },
  { kind: 'stream', open: byStream },
])(
  '100,000 events past a stalled $kind leave the heap where it was, and are replayed once it drains',
  async ({ kind, open }) => {
    const started = await start({ stall: 600_000 });
    const reader = await open(started);
    await vi.waitFor(async () => expect((await started.measure()).members).toBe(1), patiently);
    // What everyone leaves in memory for a while, recent events and compiled code say, is there before.
    await started.append(20_000, 500);
    await vi.waitFor(() => expect(reader.heard.length).toBe(20_000), inLong);
    const before = await started.measure();
    reader.stall();
    await started.append(100_000, 500);
    const after = await started.measure();
    expect(after).toMatchObject({ members: 1, sockets: kind === 'socket' ? 1 : 0, streams: kind === 'socket' ? 0 : 1 });
    const held = reader.heard.length;
    const grown = Math.round((after.bytes - before.bytes) / 1024);
    reader.drain();
    // More than the network holds, so that it comes from history.
    await vi.waitFor(() => expect(reader.heard.length).toBeGreaterThan(held + 12_000), inLong);
    reader.leave();
    const at = reader.heard.map(({ data }) => {
      const event = data?.['orderUpdated'] as { cursor: string } | undefined;
      return placeIn(event?.cursor ?? '', orderScope(started.orderId), orderTopic(started.orderId)).position;
    });
    const first = at[0] ?? 0;
    expect(at).toEqual(at.map((_, nth) => first + nth));
    console.info(`${kind}: ${before.bytes >> 10} kB before, ${grown} kB more after 100,000 events`);
    expect(grown).toBeLessThan(1_024);
  },
  180_000,
);

test('a socket that stalls too long is closed with its own code', async () => {
  const started = await start({ stall: 500 });
  const talking = await connect(started.url, started.token);
  talking.send(operation('1', query, started.variables));
  await vi.waitFor(async () => expect((await started.measure()).members).toBe(1), patiently);
  talking.socket.pause();
  await started.append(12_000, 1_500);
  await vi.waitFor(async () => expect((await started.measure()).members).toBe(0), inLong);
  talking.socket.resume();
  expect((await talking.closed).code).toBe(4410);
}, 90_000);

test('a stream that stalls too long is cut off', async () => {
  const started = await start({ stall: 500 });
  const reader = await byStream(started);
  await vi.waitFor(async () => expect((await started.measure()).members).toBe(1), patiently);
  reader.stall();
  await started.append(12_000, 1_500);
  await vi.waitFor(async () => expect(await started.measure()).toMatchObject({ members: 0, streams: 0 }), inLong);
  reader.leave();
}, 90_000);
