/** What one writes first: each bid a transaction of its own that locks its order and goes through it statement by statement. */

import { randomBytes, randomUUID } from 'node:crypto';
import postgres, { type TransactionSql } from 'postgres';
import { doAsAsked } from '../../test/crowd/child.ts';
import { usageDeeds } from '../usage.ts';

export type LockingDeeds = typeof deeds;

const connections = 16;

const deeds = {
  ...usageDeeds,
  /** In the process itself, without any API: answers how many bids were placed in a second. */
  async bid(databaseUrl: string, job: Bids): Promise<{ rate: number; latencies: number[] }> {
    const sql = postgres(databaseUrl, { max: connections });
    const latencies: number[] = [];
    const began = performance.now();
    const until = began + job.seconds * 1_000;
    let amount = job.highest;
    const bidAgain = async (bidder: string): Promise<void> => {
      for (let due = performance.now(); due < until; due = performance.now()) {
        amount -= 1;
        const bid = { order: job.order, bidder, amount };
        await sql.begin((transaction) => placeBid(transaction, bid));
        latencies.push(performance.now() - due);
      }
    };
    await Promise.all(job.bidders.map(bidAgain));
    const rate = latencies.length / ((performance.now() - began) / 1_000);
    await sql.end();
    return { rate, latencies };
  },
};

type Bids = { order: string; bidders: string[]; highest: number; seconds: number };

async function placeBid(
  sql: TransactionSql,
  { order, bidder, amount }: { order: string; bidder: string; amount: number },
): Promise<void> {
  const [found] = await sql`
    select customer_id, currency, placements, status = 'OPEN' and (closes_at is null or closes_at > clock_timestamp()) as takes_bids
    from orders where id = ${order} for no key update`;
  if (!found?.['takes_bids']) throw new Error('The order takes no bids.');
  const [former] = await sql`select id, amount, revision from bids where order_id = ${order} and vendor_id = ${bidder}`;
  if (former && Number(former['amount']) <= amount) throw new Error('A revision has to be lower.');
  const placement = Number(found['placements']) + 1;
  const id: string = former?.['id'] ?? randomUUID();
  const revision = Number(former?.['revision'] ?? 0) + 1;
  if (former) {
    await sql`update bids set amount = ${amount}, revision = ${revision}, placed_at = now(), placement = ${placement} where id = ${id}`;
  } else {
    await sql`
      insert into bids (id, order_id, vendor_id, alias, amount, revision, status, placed_at, placement)
      values (${id}, ${order}, ${bidder}, ${`Bidder ${id}`}, ${amount}, 1, 'ACTIVE', now(), ${placement})`;
  }
  await sql`update orders set version = version + 1, placements = ${placement} where id = ${order}`;
  const data = { bidId: id, vendorId: bidder, revision, amount: String(amount), currency: String(found['currency']) };
  const topics = [`order:${order}`, `user:${found['customer_id']}`];
  await sql`
    with heads as (
      insert into topics as t (topic, head, tag) select topic, 1, ${randomBytes(8).readBigInt64BE().toString()}
      from unnest(${topics}::text[]) topic
      on conflict (topic) do update set head = t.head + 1, tag = excluded.tag returning *
    )
    insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
    select topic, head, tag, ${randomUUID()}, 'bidPlaced', ${order}, ${sql.json(data)},
      case when topic like 'user:%' then 'CUSTOMER'::party end, topic like 'user:%', now()
    from heads`;
}

doAsAsked(deeds);
