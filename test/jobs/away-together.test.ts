/** Several processes look after those who are away: each is told once, also when one of them is killed. */

import { fileURLToPath } from 'node:url';
import { count, eq, ne, sql } from 'drizzle-orm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { spawnGuarded, stopGuarded } from '../../src/db/embedded/guarded.ts';
import { deliveries, fallbacks } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { createOffice, secret } from './away-office.ts';

const { db, url } = await createTestDatabase({ connections: 20 });
const sink = await startSmtpSink();
const receiver = await startReceiver();
const office = createOffice(db, { smtp: sink.url, webhook: receiver.url });
const program = fileURLToPath(new URL('away-process.ts', import.meta.url));

function startProcess(lease: number) {
  const child = spawnGuarded([process.execPath, program, url, receiver.url, secret, String(lease)], {
    signal: 'TERM',
    env: { PATH: process.env['PATH'] },
  });
  onTestFinished(() => stopGuarded(child));
  return child;
}

const idOf = ({ headers }: { headers: Record<string, unknown> }) => headers['webhook-id'];
/** Hundreds of deliveries, or a lease. */
const inLong = { ...patiently, timeout: 60_000 };
type Body = { data: { notifications: unknown[] } };
const sum = (all: number[]) => all.reduce((one, other) => one + other, 0);
const waiting = async () => {
  const [left] = await db.select({ count: count() }).from(fallbacks);
  const [pending] = await db.select({ count: count() }).from(deliveries).where(eq(deliveries.state, 'PENDING'));
  return (left?.count ?? 0) + (pending?.count ?? 0);
};

test('four jobs over one database, while more happens all the time, never send one notification twice', async () => {
  for (let nth = 0; nth < 4; nth += 1) office.open({ timings: { longestRest: 5 } });
  receiver.answer((response, nth) => status(nth % 7 === 0 ? 503 : 204)(response, nth));
  const users = await Promise.all(Array.from({ length: 40 }, () => office.vendor()));
  for (let round = 0; round < 5; round += 1) {
    await office.tell(...users);
    await office.tell(...users);
  }
  // What was answered with 503 waits for seconds: not for this test.
  await vi.waitFor(async () => {
    await db.execute(sql`update deliveries set next_at = clock_timestamp() where state = 'PENDING' and lease is null`);
    expect(await waiting()).toBe(0);
  }, inLong);
  const taken = receiver.requests.filter((_, index) => (index + 1) % 7 !== 0);
  expect(new Set(taken.map(idOf)).size).toBe(taken.length);
  const mails = sink.mails.map(({ messageId }) => messageId);
  expect(new Set(mails).size).toBe(mails.length);
  // Each user is told ten times: none of it is left out, and none in two digests.
  const inWebhooks = taken.map(({ body }) => (JSON.parse(body) as Body).data.notifications.length);
  const inMails = sink.mails.map(({ subject }) => Number(/^\d+/.exec(subject ?? '')?.[0] ?? 1));
  expect([sum(inWebhooks), sum(inMails)]).toEqual([400, 400]);
}, 120_000);

test('two real processes send each once', async () => {
  receiver.answer(status(204));
  const children = [startProcess(30_000), startProcess(30_000)];
  expect(children).toHaveLength(2);
  const users = await Promise.all(Array.from({ length: 100 }, () => office.market.vendor()));
  await office.tell(...users);
  await vi.waitFor(async () => expect(await waiting()).toBe(0), inLong);
  expect(receiver.requests).toHaveLength(100);
  expect(new Set(receiver.requests.map(idOf)).size).toBe(100);
}, 60_000);

test('what a killed process was sending another one sends when the lease is over, by the same id', async () => {
  const lease = 16_000;
  receiver.answer(() => {});
  const child = startProcess(lease);
  const user = await office.market.vendor();
  await office.tell(user);
  await vi.waitFor(() => expect(receiver.requests).toHaveLength(1), patiently);
  const [first] = receiver.requests.map(idOf);
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  receiver.answer(status(204));
  const other = startProcess(lease);
  // Not before: it might still be on its way.
  const [held] = await office.of(user);
  expect(held).toMatchObject({ state: 'PENDING', attempts: 1 });
  await vi.waitFor(async () => expect(await waiting()).toBe(0), inLong);
  expect(receiver.requests.map(idOf)).toEqual([first]);
  expect(await office.of(user)).toMatchObject([{ state: 'SENT', attempts: 2 }]);
  expect(Number((await office.of(user))[0]?.endedAt)).toBeGreaterThanOrEqual(Number(held?.nextAt));
  expect(other.exitCode).toBeNull();
}, 60_000);

test('a process that is killed between the commit and anything else leaves nothing undone', async () => {
  receiver.answer(status(204));
  const user = await office.market.vendor();
  // No job runs: as when every process died right after the commit.
  await office.tell(user);
  await db.delete(fallbacks).where(ne(fallbacks.userId, user.id));
  expect(await waiting()).toBe(1);
  office.open({ channels: ['WEBHOOK'] });
  await vi.waitFor(async () => expect(await waiting()).toBe(0), patiently);
  expect(receiver.requests).toHaveLength(1);
});
