/** Deadlines that come in crowds, on two processes of which one is killed: each is kept once, by whoever is left. */

import { expect, onTestFinished, test, vi } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { hour, inMs } from '../support/time.ts';
import { cursorOf, mutation, outcome, subscription } from './documents.ts';
import { type Answer, type Data, openSocket, person, subscribe, type Where } from './outside.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const redisUrl = installation();
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');
const start = (): Promise<Api> => startApi({ databaseUrl, redisUrl });
const [killed, left] = await Promise.all([start(), start()]);

const eventOf = ({ data }: Answer): Data => Object.values(data as Record<string, Data>)[0];

/** Posts so many orders over one socket. */
async function postMany(where: Where, count: number): Promise<void> {
  const socket = openSocket(where, casey);
  const input = { title: 'Chairs', currency: 'INR', closesAt: inMs(hour).toISOString() };
  const answers = await Promise.all(
    Array.from({ length: count }, () => socket.ask(mutation('createOrder'), { input })),
  );
  expect(new Set(answers.map(outcome))).toEqual(new Set(['done']));
  await socket.close();
}

/** Moves the deadlines of open orders: one a millisecond, from so many milliseconds ahead (or ago) on. */
const moveDeadlines = (from: number) =>
  db.$client.unsafe(
    `update orders o set closes_at = due.at, due_at = due.at
     from (
       select id, statement_timestamp() + make_interval(secs => ($1::integer + row_number() over (order by id)) / 1000.0) as at
       from orders where status = 'OPEN' and closes_at is not null
     ) due where o.id = due.id`,
    [from],
  );
const closed = async (): Promise<number> =>
  Number((await db.$client.unsafe("select count(*) from orders where status = 'CLOSED'"))[0]?.['count']);
/** How often each order was told to be closed, and how long after its deadline it was written down at most, in milliseconds. */
const closings = async () =>
  (
    await db.$client.unsafe(
      `select o.id, count(*)::integer as times,
         max(extract(epoch from e.at - o.closes_at) * 1000)::float8 as late
       from orders o left join events e on e.topic = 'order:' || o.id and e.kind = 'orderUpdated'
       where o.status = 'CLOSED' group by o.id`,
    )
  ).map(({ times, late }) => ({ times: times as number, late: late as number }));

test('1,000 orders close in the same second within two, though one of two processes is killed in the middle', async () => {
  const after = await cursorOf(left, vera);
  await postMany(left, 1_000);
  const heard = new Map<string, number>();
  const stream = subscribe('WebSocket', left, vera, subscription('orderUpdated'), { after });
  await moveDeadlines(1_500);
  const [{ first, last }] = (await db.$client.unsafe(
    "select min(closes_at)::text as first, max(closes_at)::text as last from orders where status = 'OPEN'",
  )) as unknown as [{ first: string; last: string }];
  await vi.waitUntil(async () => (await closed()) >= 300, { ...patiently, interval: 2 });
  await killed.kill();
  const then = await closed();

  await vi.waitUntil(async () => (await closed()) === 1_000, { ...patiently, interval: 2 });
  const took = Date.now() - Date.parse(last);
  const answers = await stream.reached(1_000);
  for (const { id, order, status } of answers.map(eventOf)) {
    expect(status).toBe('CLOSED');
    heard.set(order.id, (heard.get(order.id) ?? 0) + (id ? 1 : 0));
  }
  stream.stop();
  const all = await closings();
  console.log(
    `1,000 closed; killed at ${then}; at most ${Math.max(...all.map(({ late }) => late)).toFixed(0)} ms late, ` +
      `all there ${took} ms after the last deadline`,
  );
  expect(Date.parse(last) - Date.parse(first)).toBeLessThan(1_000);
  expect(heard.size).toBe(1_000);
  expect(all).toHaveLength(1_000);
  for (const { times, late } of all) {
    expect(times).toBe(1);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
  }
  expect(took).toBeLessThan(2_000);
}, 60_000);

test('a process that starts after deadlines have passed catches up, and who comes back hears of it', async () => {
  await postMany(left, 100);
  const after = await cursorOf(left, vera);
  await left.kill();
  await moveDeadlines(-60_000);
  const next = await start();
  onTestFinished(() => next.kill());
  const stream = subscribe('SSE', next, vera, subscription('orderUpdated'), { after });
  const answers = await stream.reached(100);
  expect(new Set(answers.map((answer) => eventOf(answer).status))).toEqual(new Set(['CLOSED']));
  expect(new Set(answers.map((answer) => eventOf(answer).order.id)).size).toBe(100);
  stream.stop();
  const all = await closings();
  expect(all).toHaveLength(1_100);
  expect(all.every(({ times }) => times === 1)).toBe(true);
  expect(next.said()).not.toMatch(/ (error|fatal|warn) /);
});
