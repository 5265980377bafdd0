/** What patches/postgres+*.patch is for: without it each of these fails, or ends the process. Goes when the driver is mended. */

import { performance } from 'node:perf_hooks';
import { expect, onTestFinished, test, vi } from 'vitest';
import { codeOf, isAway } from '../../src/db/away.ts';
import { closeDatabase, type Database, openDatabase } from '../../src/db/connection.ts';
import { createLog } from '../../src/log.ts';
import { createProxy, type Link } from '../faults/proxy.ts';
import { seeded } from '../pubsub/troubled.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';

const { url } = await createTestDatabase();
const log = createLog({ level: 'silent', pretty: false, output: process.stderr });

async function open(options: { connections: number; longestSilence?: number }): Promise<{ proxy: Link; db: Database }> {
  const address = new URL(url);
  const proxy = await createProxy(Number(address.port));
  onTestFinished(() => proxy.close());
  address.port = String(proxy.port);
  const db = openDatabase({ url: address.href, log, ...options });
  onTestFinished(() => closeDatabase(db));
  return { proxy, db };
}

/** Long enough that it is written at once, not with what else is asked in this turn. */
const ask = (db: Database, text = 'x'.repeat(2_000)) => db.$client`select ${text}::text as text`;

const failureOf = (asked: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(asked).then(
    () => null,
    (error: unknown) => error,
  );

test('connections cut in mid-write end neither the process nor what is asked on new ones', async () => {
  const { proxy, db } = await open({ connections: 6 });
  const random = seeded(1);
  let over = false;
  let [answered, away, slowest] = [0, 0, 0];
  const strange: unknown[] = [];
  const stream = async (nth: number): Promise<void> => {
    while (!over) {
      const began = performance.now();
      const error = await failureOf(nth % 2 === 0 ? ask(db) : ask(db, 'short'));
      slowest = Math.max(slowest, performance.now() - began);
      if (error === null) answered += 1;
      else if (isAway(error)) away += 1;
      else strange.push(error);
    }
  };
  const streams = Promise.all(Array.from({ length: 24 }, (_, nth) => stream(nth)));
  let cut = 0;
  await vi.waitFor(
    () => {
      cut += proxy.cut(0.5, random);
      expect(cut).toBeGreaterThan(300);
    },
    { timeout: 15_000, interval: 10 },
  );
  over = true;
  await streams;
  expect(strange).toEqual([]);
  expect(answered).toBeGreaterThan(100);
  expect(slowest).toBeLessThan(5_000);
  console.info(`${cut} cuts: ${answered} answered, ${away} told away, the slowest after ${slowest.toFixed(0)} ms`);
}, 40_000);

test('a connection that falls silent under a statement is ended, and what is silent between statements is not', async () => {
  const { proxy, db } = await open({ connections: 1, longestSilence: 1 });
  const session = async () => (await db.$client`select pg_backend_pid() as pid`)[0]?.['pid'] as number;
  const first = await session();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await session()).toBe(first);

  proxy.freeze();
  const began = performance.now();
  const error = await failureOf(ask(db));
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(codeOf(error)).toBe('ANSWER_TIMEOUT');
  expect(isAway(error)).toBe(true);
  proxy.thaw();
  await vi.waitFor(async () => expect(await session()).not.toBe(first), patiently);
});

test('where one connection fell silent those at rest are ended, too: nobody waits for each of them in turn', async () => {
  const { proxy, db } = await open({ connections: 4, longestSilence: 1 });
  await Promise.all(Array.from({ length: 4 }, () => db.$client`select pg_sleep(0.3)`));
  await vi.waitFor(() => expect(proxy.connections()).toBe(4), patiently);
  proxy.halfOpen();
  expect(codeOf(await failureOf(ask(db)))).toBe('ANSWER_TIMEOUT');
  expect(await ask(db, 'again')).toMatchObject([{ text: 'again' }]);
});

test('a statement that the server answers slowly, but answers, is waited for where no limit is set', async () => {
  const { db } = await open({ connections: 1 });
  expect(await db.$client`select pg_sleep(1.5)`).toHaveLength(1);
});

test('a pool whose connections were cut under statements ends at once', async () => {
  const { proxy, db } = await open({ connections: 4 });
  const asked = Array.from({ length: 4 }, () => failureOf(db.$client`select pg_sleep(3)`));
  await vi.waitFor(() => expect(proxy.connections()).toBe(4), patiently);
  await vi.waitFor(async () => {
    // All four are at work, none is still connecting.
    const admin = openDatabase({ url, connections: 1, log });
    const [row] = await admin.$client`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and query like 'select pg_sleep(3)%' and state = 'active'`;
    await closeDatabase(admin);
    expect(row?.['count']).toBe(4);
  }, patiently);
  proxy.cut(1, () => 0);
  for (const error of await Promise.all(asked)) expect(isAway(error)).toBe(true);
  const began = performance.now();
  await closeDatabase(db);
  expect(performance.now() - began).toBeLessThan(2_000);
});
