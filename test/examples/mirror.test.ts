/** The Node example: a mirror of the host application's orders that is killed at any moment, and has each order once. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { prune } from '../../src/jobs/prune.ts';
import { perform, postOrder } from '../e2e/documents.ts';
import { person } from '../e2e/outside.ts';
import { type Api, secret, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { example, type Running, start } from './program.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const redisUrl = installation();
const [here, there] = (await Promise.all([1, 2].map(() => startApi({ databaseUrl, redisUrl })))) as [Api, Api];
const folder = await mkdtemp(join(tmpdir(), 'haggle-mirror-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const casey = await person('casey', 'customer');

type Kept = { externalId: string; customer: string; status: string };
type State = { cursor: string | null; seen: string[]; orders: Record<string, Kept> };

const file = join(folder, 'mirror.json');
const stateNow = async (): Promise<State> => JSON.parse(await readFile(file, 'utf8')) as State;
const ordersNow = async (): Promise<Kept[]> => Object.values((await stateNow()).orders);
const namesNow = async (): Promise<string[]> => (await ordersNow()).map(({ externalId }) => externalId).toSorted();

function mirror(env: NodeJS.ProcessEnv = { AUTH_SECRET: secret }, api = here): Running {
  const program = { command: process.execPath, env: { HAGGLE_URL: api.url } };
  return start(program, [example('mirror/main.ts'), file], { env });
}
const opened = (running: Running): string[] =>
  [...running.said().matchAll(/^(\S+) is OPEN/gm)].map(([, id]) => String(id));

const posted: string[] = [];
/** One after the other, each on the other process than the last. */
async function post(count: number): Promise<string> {
  let last = '';
  for (let nth = 0; nth < count; nth++) {
    const externalId = `order-${posted.length}`;
    posted.push(externalId);
    last = await postOrder(nth % 2 ? here : there, casey, { externalId });
  }
  return last;
}

/** In the order in which the database numbered them. */
async function openings(): Promise<string[]> {
  const rows = await db.$client.unsafe(
    `select distinct on (topic, position) id from events where kind = 'orderOpened' and topic = 'market' order by topic, position`,
  );
  return rows.map(({ id }) => String(id));
}

test('killed again and again while orders are posted, it misses none and takes none twice', {
  timeout: 60_000,
}, async () => {
  const told: string[] = [];
  let running = mirror();
  await vi.waitFor(() => expect(running.said()).toContain('read anew: 0'), patiently);
  // None of the host application's.
  await postOrder(here, casey, { title: 'From elsewhere' });
  for (const heard of [1, 30, 15]) {
    const posting = post(50);
    await vi.waitFor(() => expect(opened(running).length).toBeGreaterThanOrEqual(heard), patiently);
    await running.end('SIGKILL');
    told.push(...opened(running));
    // What is in the file is always whole.
    expect(Object.keys(await stateNow())).toEqual(['cursor', 'seen', 'orders']);
    running = mirror();
    await posting;
  }
  await vi.waitFor(async () => expect(await namesNow()).toEqual(posted.toSorted()), patiently);
  told.push(...opened(running));
  await running.end();

  expect((await stateNow()).seen).toEqual(await openings());
  expect(new Set(told).size).toBe(told.length);
  expect(running.complained()).toBe('');
});

test('an order is followed to its end, also where it ended while nobody looked', { timeout: 60_000 }, async () => {
  const [before, during] = [await post(1), await post(1)];
  const first = mirror();
  await vi.waitFor(async () => expect(await namesNow()).toHaveLength(posted.length), patiently);
  await perform(there, casey, 'cancelOrder', { orderId: before });
  const statusOf = async (id: string) => (await stateNow()).orders[id]?.status;
  await vi.waitFor(async () => expect(await statusOf(before)).toBe('CANCELLED'), patiently);
  await first.end('SIGKILL');

  await perform(there, casey, 'cancelOrder', { orderId: during });
  expect(await statusOf(during)).toBe('OPEN');
  const second = mirror();
  await vi.waitFor(async () => expect(await statusOf(during)).toBe('CANCELLED'), patiently);
  await second.end();
  expect((await second.ended).code).toBe(0);
  expect(opened(second)).toEqual([]);
});

test('a cursor that is too old is no end: all is read anew, and nothing doubled', { timeout: 60_000 }, async () => {
  const { cursor } = await stateNow();
  await post(120);
  await db.$client`update events set at = at - interval '1 year'`;
  await prune({ db, eventRetentionDays: 30 });
  await post(1);
  // The process that it was on before may still have in memory what the database has no more.
  const running = mirror({ AUTH_SECRET: secret }, there);
  await vi.waitFor(() => expect(running.said()).toContain('read anew: 121 '), patiently);
  await post(1);
  await vi.waitFor(async () => expect(await namesNow()).toEqual(posted.toSorted()), patiently);
  await running.end();
  expect((await stateNow()).cursor).not.toBe(cursor);
});

test('a token that will not do ends it, with what is wrong', async () => {
  const running = mirror({ HAGGLE_TOKEN: casey.token });
  expect(await running.ended).toMatchObject({ code: 1, complained: expect.stringContaining('customer') as string });
});
