/**
 * Fills a migrated database by SQL, as if it had been in use: orders with the bids on them, and the events of both. However
 * many there are, each order, customer and vendor has as much as any other, so that only the tables grow.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import type { Ground } from '../ground.ts';

/** Of each order, of each vendor, and orders of each customer. */
export const each = { bids: 20, vendor: 20, customer: 10 };

/** Ids are known without asking: `bench.nth` makes the same ones in SQL. */
export function nth(kind: string, n: number): string {
  const hex = createHash('md5').update(`${kind} ${n}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A user's `sub`. */
export const subOf = (kind: string, n: number): string => `${kind} ${n}`;

/** What has been filled in this run, by how many bids there are. */
const filled = new Map<number, Promise<string>>();

/** The address of a new database with so many bids in all, a multiple of 200: filled once, and copied from then on. */
export async function createHistory(ground: Ground, bids: number): Promise<string> {
  const found = filled.get(bids) ?? createFilled(ground, bids);
  filled.set(bids, found);
  return ground.copyDatabase(await found);
}

async function createFilled(ground: Ground, bids: number): Promise<string> {
  const url = await ground.createDatabase();
  await fillHistory(url, bids);
  return url;
}

async function fillHistory(databaseUrl: string, bids: number): Promise<void> {
  await inOneSession(databaseUrl, async (sql) => {
    const orders = bids / each.bids;
    const customers = orders / each.customer;
    const vendors = bids / each.vendor;
    await sql.unsafe(await readFile(new URL('place-bid.sql', import.meta.url), 'utf8')).simple();
    // What is inserted here keeps the constraints by how it is counted: they are not asked row by row.
    await sql`set session_replication_role = replica`.simple();
    await addUsers(sql, { kind: 'customer', role: 'CUSTOMER', count: customers });
    await addUsers(sql, { kind: 'vendor', role: 'VENDOR', count: vendors });
    await sql`
      insert into orders (id, customer_id, title, description, currency, visibility, status, created_at, version, placements, rounds)
      select bench.nth('order', n), bench.nth('customer', (n - 1) / ${each.customer}::integer + 1), 'Order ' || n, '', 'INR',
        'RANK', 'OPEN', timestamptz '2026-01-01' + n * interval '1 s', ${each.bids}::integer + 1, ${each.bids}::integer, 0
      from generate_series(1, ${orders}::integer) n`;
    await sql`
      insert into bids (id, order_id, vendor_id, alias, amount, revision, status, placed_at, placement)
      select bench.nth('bid', n), bench.nth('order', n / ${each.bids}::integer + 1), bench.nth('vendor', n % ${vendors}::integer + 1),
        'Bidder ' || n % ${each.bids}::integer, 5000 - n % ${each.bids}::integer, 1, 'ACTIVE',
        timestamptz '2026-02-01' + n * interval '1 ms', n % ${each.bids}::integer + 1
      from generate_series(0, ${bids}::integer - 1) n`;
    await addEvents(sql);
    await sql`
      insert into topics (topic, head, tag)
      select distinct on (topic) topic, position, tag from events order by topic, position desc`;
    await sql`set session_replication_role = origin`.simple();
  });
}

/** Of orders that were opened, and of the bids on them: in the topics that they have when they are made through the API. */
async function addEvents(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
    select t.topic, t.position, hashtextextended(o.id::text, 0), o.id, 'orderOpened', o.id, '{}', null, false, o.created_at
    from (select *, row_number() over (order by created_at) as nth from orders) o
    cross join lateral (values ('order:' || o.id, 1), ('market', o.nth)) t(topic, position)`;
  await sql`
    insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
    select t.topic, t.position, hashtextextended(b.id::text, 0), b.id, 'bidPlaced', b.order_id,
      jsonb_build_object('bidId', b.id, 'vendorId', b.vendor_id, 'revision', b.revision, 'amount', b.amount::text, 'currency', b.currency),
      t.party, t.party is not null, b.placed_at
    from (
      select bids.*, customer_id, currency, row_number() over (partition by customer_id order by placed_at) as nth
      from bids join orders on orders.id = order_id
    ) b
    cross join lateral (values
      ('order:' || b.order_id, b.placement + 1, null),
      ('user:' || b.customer_id, b.nth, 'CUSTOMER'::party)
    ) t(topic, position, party)`;
}

/** Vendors who have not bid yet. */
export const bidder = 'bidder';

/**
 * Open orders that nobody has bid on, by the name of their kind, each of so many customers in turn; and bidders for them.
 * `visibility`: what vendors hear of each other's bids, RANK if it is not said.
 */
export async function fillMarket(
  databaseUrl: string,
  kinds: Record<string, { orders: number; customers: number; visibility?: 'OPEN' }>,
  bidders: number,
): Promise<void> {
  await inOneSession(databaseUrl, async (sql) => {
    await addUsers(sql, { kind: bidder, role: 'VENDOR', count: bidders });
    for (const [kind, { orders, customers, visibility = 'RANK' }] of Object.entries(kinds)) {
      const customer = `customer of ${kind}`;
      await addUsers(sql, { kind: customer, role: 'CUSTOMER', count: customers });
      await sql`
        insert into orders (id, customer_id, title, description, currency, visibility, status, created_at, version, placements, rounds)
        select bench.nth(${kind}, n), bench.nth(${customer}, n % ${customers}::integer + 1), ${kind} || ' ' || n, '', 'INR',
          ${visibility}::bid_visibility, 'OPEN', now(), 1, 0, 0
        from generate_series(1, ${orders}::integer) n`;
    }
  });
}

const addUsers = (
  sql: postgres.Sql,
  { kind, role, count }: { kind: string; role: string; count: number },
): Promise<unknown> => sql`
  insert into users (id, external_id, name, role)
  select bench.nth(${kind}, n), ${kind} || ' ' || n, ${kind} || ' ' || n, ${role}::role
  from generate_series(1, ${count}::integer) n`;

async function inOneSession(databaseUrl: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
    // Before anybody asks: plans that are made for empty tables would be kept.
    await sql`vacuum analyze`.simple();
  } finally {
    await sql.end();
  }
}
