/** Crowds on one order, one process and two, processes that are killed and a Redis that goes: nobody misses an event. */

import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/connection.ts';
import { type Api, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { startRedis } from '../support/redis.ts';
import { cursorOf, mutation, outcome, placeBid, postOrder, subscription } from './documents.ts';
import {
  type Answer,
  type Data,
  openEvents,
  openSocket,
  type Person,
  person,
  type Socket,
  subscribe,
} from './outside.ts';

const casey = await person('casey', 'customer');
const backend = await person('backend', 'service');
const vendors = await Promise.all(Array.from({ length: 50 }, (_, nth) => person(`vendor-${nth}`, 'vendor')));
const revisions = 3;

/** An order's events of one kind, as the database numbered them. */
async function inDatabase(db: Database, kind: string): Promise<{ topic: string; position: number; id: string }[]> {
  return (await db.$client.unsafe(
    "select topic, position::int, id from events where kind = $1 and topic like 'order:%' order by topic, position",
    [kind],
  )) as unknown as { topic: string; position: number; id: string }[];
}

/** Every topic's numbers are 1, 2, 3 … to its head. */
async function withoutGaps(db: Database): Promise<void> {
  const topics = await db.$client.unsafe(
    `select t.topic, t.head::int, count(e)::int, min(e.position)::int as first, max(e.position)::int as last
     from topics t join events e using (topic) group by t.topic`,
  );
  expect(topics.length).toBeGreaterThan(0);
  for (const { topic, head, count, first, last } of topics) {
    expect({ topic, count, first, last }).toEqual({ topic, count: head, first: 1, last: head });
  }
}

const idsOf = (answers: Answer[], name: string): string[] => answers.map(({ data }) => data[name].id);

type Placed = { bid: string; revision: number; amount: string };

/** Lowers its bid again and again over its own socket; each has to be taken. */
async function bidDown(socket: Socket, orderId: string, from: number): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (let nth = 0; nth < revisions; nth++) {
    const answer = await socket.ask(mutation('placeBid'), { input: { orderId, amount: `${from - nth * 100}` } });
    expect(outcome(answer)).toBe('done');
    const { bid } = answer.data.placeBid;
    placed.push({ bid: bid.id, revision: bid.revision, amount: bid.amount.amount });
  }
  return placed;
}

/** Customer and service on the first process, bidders spread over all. */
async function crowd(apis: Api[], db: Database): Promise<void> {
  const [first, last] = [apis[0] as Api, apis.at(-1) as Api];
  const orderId = await postOrder(first, casey, { visibility: 'OPEN' });
  const cursor = (who: Person, of?: string) => cursorOf(first, who, of);
  const bids = subscription('bidPlaced');
  const watchers = await Promise.all(
    [first, last].flatMap((api) => [
      cursor(casey, orderId).then((after) => subscribe('WebSocket', api, casey, bids, { orderId, after })),
      cursor(casey, orderId).then((after) => subscribe('SSE', api, casey, bids, { orderId, after })),
      cursor(casey).then((after) => subscribe('WebSocket', api, casey, bids, { after })),
      cursor(backend, orderId).then((after) => subscribe('SSE', api, backend, bids, { orderId, after })),
    ]),
  );
  const sockets = vendors.map((vendor, nth) => openSocket(apis[nth % apis.length] as Api, vendor));
  // Under OPEN each vendor follows the others, by alias, on the socket that it bids on.
  const rivals = await Promise.all(
    vendors.map(async (vendor, nth) => {
      const after = await cursor(vendor, orderId);
      return sockets[nth]?.listen(bids, { orderId, after });
    }),
  );

  const placed = (await Promise.all(sockets.map((socket, nth) => bidDown(socket, orderId, 1_000 + nth)))).flat();
  const total = vendors.length * revisions;
  expect(placed).toHaveLength(total);
  await withoutGaps(db);
  const numbered = (await inDatabase(db, 'bidPlaced')).filter(({ topic }) => !topic.endsWith(':vendors'));
  expect(numbered).toHaveLength(total);

  for (const stream of [...watchers, ...rivals]) {
    const answers = (await stream?.reached(total)) ?? [];
    expect(idsOf(answers, 'bidPlaced')).toEqual(numbered.map(({ id }) => id));
  }
  const told = (watchers[0]?.answers ?? []).map(({ data: { bidPlaced: event } }: Data) => ({
    bid: event.bid.id,
    revision: event.revision,
    amount: event.amount.amount,
  }));
  const sorted = (list: Placed[]) => list.map((one) => JSON.stringify(one)).toSorted();
  expect(sorted(told)).toEqual(sorted(placed));
  for (const stream of [...watchers, ...rivals]) stream?.stop();
  await Promise.all(sockets.map((socket) => socket.close()));
}

describe('50 bidders at once on one order, on sockets of their own', async () => {
  const [alone, together] = [await createTestDatabase(), await createTestDatabase()];
  const redisUrl = installation();
  const one = await startApi({ databaseUrl: alone.url });
  const two = await Promise.all([1, 2].map(() => startApi({ databaseUrl: together.url, redisUrl })));

  test('over one process, which rings within itself', () => crowd([one], alone.db));
  test('over two processes, which ring over Redis', () => crowd(two, together.db));

  test('no server took it for an error', () => {
    for (const api of [one, ...two]) expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
  });
});

describe('a process that is killed while bids fall', async () => {
  const { url: databaseUrl, db } = await createTestDatabase();
  const redisUrl = installation();
  const [killed, left] = (await Promise.all([1, 2].map(() => startApi({ databaseUrl, redisUrl })))) as [Api, Api];

  /** Asks with a key, so that what a dead process may have done is not done twice; elsewhere once it is dead. */
  async function bidWherever(vendor: Person, orderId: string, from: number): Promise<void> {
    let socket = openSocket(killed, vendor);
    for (let nth = 0; nth < 8; nth++) {
      const input = { orderId, amount: `${from - nth * 50}`, idempotencyKey: `bid ${nth}` };
      const answer = await socket.ask(mutation('placeBid'), { input }).catch(async () => {
        await socket.close();
        socket = openSocket(left, vendor);
        return socket.ask(mutation('placeBid'), { input });
      });
      expect(outcome(answer)).toBe('done');
    }
    await socket.close();
  }

  test('costs those who come back to the other one with their last cursor no event', async () => {
    const orderId = await postOrder(killed, casey);
    const variables = { orderId, after: await cursorOf(killed, casey, orderId) };
    const bids = subscription('bidPlaced');
    const streams = [
      subscribe('WebSocket', killed, casey, bids, variables),
      subscribe('SSE', killed, casey, bids, variables),
      subscribe('WebSocket', killed, backend, bids, variables),
      subscribe('SSE', killed, backend, bids, variables),
    ];
    const steady = subscribe('WebSocket', left, casey, bids, variables);
    const bidders = vendors.slice(0, 12);
    const bidding = Promise.all(bidders.map((vendor, nth) => bidWherever(vendor, orderId, 1_000 + nth)));
    await streams[0]?.reached(20);
    await killed.kill();
    await bidding;

    const total = bidders.length * 8;
    const numbered = (await inDatabase(db, 'bidPlaced')).map(({ id }) => id);
    expect(numbered).toHaveLength(total);
    await withoutGaps(db);
    for (const [nth, stream] of streams.entries()) {
      expect(await stream.over()).toBe('cut');
      const last = stream.answers.at(-1)?.data.bidPlaced.cursor ?? variables.after;
      const who = nth < 2 ? casey : backend;
      const rest =
        nth % 2
          ? openEvents(left, who, bids, { orderId, after: last })
          : subscribe('WebSocket', left, who, bids, { orderId, after: last });
      await rest.reached(total - stream.answers.length);
      expect(idsOf([...stream.answers, ...rest.answers], 'bidPlaced')).toEqual(numbered);
      rest.stop();
    }
    expect(idsOf(await steady.reached(total), 'bidPlaced')).toEqual(numbered);
    steady.stop();
  });
});

describe('a Redis that goes', async () => {
  const { url: databaseUrl, db } = await createTestDatabase();
  const redis = await startRedis();
  const { port } = redis;
  let running = redis;
  const [there, here] = (await Promise.all([1, 2].map(() => startApi({ databaseUrl, redisUrl: redis.url })))) as [
    Api,
    Api,
  ];

  test('delays events between processes, and loses none', async () => {
    onTestFinished(() => running.stop());
    const orderId = await postOrder(there, casey);
    const variables = { orderId, after: await cursorOf(there, casey, orderId) };
    const streams = [
      subscribe('WebSocket', here, casey, subscription('bidPlaced'), variables),
      subscribe('SSE', here, casey, subscription('bidPlaced'), variables),
    ];
    const bidOf = (nth: number) => placeBid(there, vendors[nth] as Person, orderId, '900');
    const arrived = async (count: number) => {
      const numbered = (await inDatabase(db, 'bidPlaced')).map(({ id }) => id);
      expect(numbered).toHaveLength(count);
      for (const stream of streams) expect(idsOf(await stream.reached(count), 'bidPlaced')).toEqual(numbered);
    };
    await bidOf(0);
    await arrived(1);

    await redis.kill();
    const from = Date.now();
    for (const nth of [1, 2, 3]) await bidOf(nth);
    await arrived(4);
    expect(Date.now() - from).toBeLessThan(8_000);

    // Whoever comes while it is away is served as well.
    const late = subscribe('WebSocket', here, casey, subscription('bidPlaced'), variables);
    expect(await late.reached(4)).toHaveLength(4);
    await bidOf(4);
    await late.reached(5);
    await arrived(5);

    running = await startRedis({ port });
    for (const nth of [5, 6, 7]) await bidOf(nth);
    await arrived(8);
    expect(idsOf(await late.reached(8), 'bidPlaced')).toEqual(idsOf(streams[0]?.answers ?? [], 'bidPlaced'));
    await withoutGaps(db);
    for (const stream of [...streams, late]) stream.stop();
  });
});
