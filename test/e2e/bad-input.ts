/** A market in which nothing may change any more, and what it stores: made anew for each file of tests that asks it for what is wrong. */

import { afterAll, expect, vi } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { type MutationName, mutation, outcome, perform, placeBid, postOrder, read } from './documents.ts';
import { type Answer, openSocket, person, post, type Variables } from './outside.ts';

const { url: databaseUrl, db } = await createTestDatabase();
export const api = await startApi({ databaseUrl });

export const casey = await person('casey', 'customer');
export const otto = await person('otto', 'customer');
export const vera = await person('vera', 'vendor');
export const victor = await person('victor', 'vendor', 'Victor the rival');
export const caseyBids = await person('casey', 'vendor');
for (const who of [casey, otto, vera, victor]) await read(api, who, '{ viewer { id } }');

export const nothingLeaks =
  /victor|secret|node_modules|\.ts\b|postgres|drizzle|\b(select|insert|update) .* (from|into|set)\b/i;

/** Everything that is stored, as one line a table; but a user's role, which is that of its latest token. */
async function stored(): Promise<unknown> {
  const tables = ['orders', 'bids', 'confirmations', 'negotiations', 'negotiation_readers', 'topics', 'events'];
  const parts = [...tables, 'idempotency_keys', '(select id, external_id, name from users)'].map(
    (table) => `select $$${table}$$ as name, count(*), md5(string_agg(t::text, '|' order by t::text)) from ${table} t`,
  );
  return db.$client.unsafe(parts.join(' union all ')).then((rows) => rows.map((row) => ({ ...row })));
}

// An open order with two bids, one that is closed, one that is confirmed, one that is over; and Otto's.
export const open = await postOrder(api, casey);
export const bid = await placeBid(api, vera, open, '900');
export const rivals = await placeBid(api, victor, open, '850');
export const closed = await postOrder(api, casey, { closesAt: new Date(Date.now() + 1_000).toISOString() });
export const bidOnClosed = await placeBid(api, vera, closed, '900');
export const confirmed = await postOrder(api, casey);
export const waiting = await placeBid(api, vera, confirmed, '900');
await perform(api, casey, 'confirmBid', { bidId: waiting.id, revision: 1 });
export const ended = await postOrder(api, casey);
export const lost = await placeBid(api, vera, ended, '900');
await perform(api, casey, 'cancelOrder', { orderId: ended });
export const withdrawn = await placeBid(api, vera, await postOrder(api, casey), '900');
await perform(api, vera, 'withdrawBid', { bidId: withdrawn.id });
export const empty = await postOrder(api, casey);
export const ottos = await postOrder(api, otto);
export const bidOnOttos = await placeBid(api, victor, ottos, '700');
export const round = (await perform(api, casey, 'requestNegotiation', { orderId: open, message: 'Lower' })).negotiation;
await perform(api, casey, 'requestNegotiation', { orderId: open, message: 'Lower still' });
await perform(api, casey, 'createOrder', { title: 'Once', currency: 'INR', idempotencyKey: 'used' });
// It reads CLOSED from its deadline on; the clock writes that down a moment later, and nothing may change after this.
await vi.waitUntil(async () => {
  const [row] = await db.$client`select from events where kind = 'orderUpdated' and data ->> 'status' = 'CLOSED'`;
  return row !== undefined;
}, patiently);

const sockets = new Map([casey, otto, vera, victor, caseyBids].map((who) => [who, openSocket(api, who)]));
const before = await stored();
export const storedAtFirst = async () => expect(await stored()).toEqual(before);

/** Asks over HTTP and over the open socket; both have to answer alike. */
export async function both(who: typeof casey, query: string, variables: Variables): Promise<Answer> {
  const socket = sockets.get(who);
  const [overHttp, overSocket] = [await post(api, who, query, variables), await socket?.ask(query, variables)];
  await socket?.stays();
  expect(overSocket?.data ?? null).toEqual(overHttp.body.data ?? null);
  expect(overSocket?.errors?.map(({ extensions }) => extensions)).toEqual(
    overHttp.body.errors?.map(({ extensions }) => extensions),
  );
  expect(overHttp.text + JSON.stringify(overSocket)).not.toMatch(nothingLeaks);
  return overHttp.body;
}

/** A mutation that is refused: with which code, and what its caller needs to go on. */
export type Refused = [
  what: string,
  who: typeof casey,
  name: MutationName,
  input: object,
  code: string,
  carries?: object,
];

/** Holds that it is, over HTTP and over a socket, and that nothing was written. */
export async function isRefused(...[, who, name, input, code, carries]: Refused): Promise<void> {
  const answer = await both(who, mutation(name), { input });
  expect(outcome(answer)).toBe(code);
  if (!answer.errors) expect(answer.data[name]).toMatchObject({ message: expect.any(String), ...carries });
  await storedAtFirst();
}

/** What an `INVALID_INPUT` carries. */
export const invalid = (...path: string[]) => ({ issues: [{ path }] });

afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
});
