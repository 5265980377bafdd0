/** Which orders the clock has something to do to, and how long it is until the next one. */

import { sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { type Queryable, statement } from './statement.ts';
import { orders } from './tables.ts';

/*
 * The statement's time, which an index can be searched by; the clock has moved on when the order is decided on. Whatever
 * another process has in hand is skipped: it is that one's, or still due once that one is dead.
 */
const claim = statement<{ id: string }>(sql`
  select id from ${orders}
  where due_at <= statement_timestamp() and id <> all(${sql.placeholder('except')}::uuid[])
  order by due_at limit ${sql.placeholder('most')}::integer for no key update skip locked`);

/** Locks the orders that are due, longest first, until the transaction ends; no two processes get the same ones. */
export const claimDue = async (
  transaction: Queryable,
  options: { most: number; except: string[] },
): Promise<string[]> => (await claim(transaction, options)).map(({ id }) => id);

const next = statement<{ wait: number | null }>(sql`
  select (extract(epoch from min(due_at) - statement_timestamp()) * 1000)::float8 as wait from ${orders}
  where due_at is not null`);

/** Milliseconds until the next order is due, negative where it already is; Infinity where none will be. */
export async function untilNextDue(db: { $client: Database['$client'] }): Promise<number> {
  const [row] = await next(db.$client);
  return row?.wait ?? Number.POSITIVE_INFINITY;
}
