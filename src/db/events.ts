/** Reads the history of topics: heads, pages of events, and what was committed since the last sweep. */

import { sql } from 'drizzle-orm';
import type { Entry } from '../domain/events.ts';
import type { Head, Page, Swept } from '../domain/history.ts';
import type { Database } from './connection.ts';
import { statement } from './statement.ts';
import { events, topics } from './tables.ts';

export type { Head, Page } from '../domain/history.ts';

export type History = {
  /** 0 and '0' for a topic without events. */
  heads(topics: string[]): Promise<Map<string, Head>>;
  /** The events after a number, oldest first, at most `limit`, all in one snapshot. */
  page(topic: string, after: number, limit: number): Promise<Page>;
  /** `horizon` is the last sweep's; null only finds out where to start. */
  sweep(horizon: string | null): Promise<Swept>;
};

export function createHistory(db: Database): History {
  const pool = db.$client;
  return {
    async heads(names) {
      const rows = await readHeads(pool, { names });
      const heads = new Map(rows.map(({ topic, head, tag }) => [topic, { head: Number(head), tag }]));
      return new Map(names.map((name) => [name, heads.get(name) ?? { head: 0, tag: '0' }]));
    },

    async page(topic, after, limit) {
      const rows = await readPage(pool, { topic, after, limit });
      const [first] = rows;
      if (!first) throw new Error('A page was read without its topic.');
      return {
        floor: { head: Number(first.floor), tag: first.floor_tag },
        head: { head: Number(first.head), tag: first.head_tag },
        tagAt: first.tag_at,
        entries: rows.flatMap((row) => (row.position === null ? [] : [entryOf(topic, row)])),
      };
    },

    async sweep(horizon) {
      const rows = await readMoved(pool, { horizon });
      const [first] = rows;
      if (!first) throw new Error('A sweep was answered without a snapshot.');
      return {
        source: first.source,
        horizon: first.horizon,
        next: first.next,
        moved: rows.flatMap(({ topic, position, tag }) =>
          topic === null ? [] : [{ topic, head: { head: Number(position), tag } }],
        ),
      };
    },
  };
}

const readHeads = statement<{ topic: string; head: string; tag: string }>(
  sql`select topic, head, tag from ${topics} where topic = any(${sql.placeholder('names')}::text[])`,
);

/** An event as a statement reads it by `eventColumns`. */
export type EventRow = {
  position: string;
  tag: string;
  id: string;
  kind: string;
  order_id: string | null;
  data: unknown;
  party: string | null;
  told: boolean;
  at: string;
};
type PageRow = { head: string; head_tag: string; floor: string; floor_tag: string; tag_at: string | null };

/** What is read of an event that the statement calls `e`. */
export const eventColumns = sql`e.position, e.tag, e.id, e.kind, e.order_id, e.data, e.party, e.told,
    to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`;

/** One row for each event, or a single one without; each with what is so of the topic. */
const readPage = statement<PageRow & (EventRow | { position: null })>(sql`
  with
  asked as (select ${sql.placeholder('topic')}::text as topic, ${sql.placeholder('after')}::bigint as after),
  place as (
    select asked.topic, asked.after, coalesce(t.head, 0) as head, coalesce(t.tag, 0) as head_tag,
      coalesce(t.floor, 0) as floor, coalesce(t.floor_tag, 0) as floor_tag
    from asked left join ${topics} t on t.topic = asked.topic
  )
  select place.head, place.head_tag, place.floor, place.floor_tag,
    case when place.after = place.floor then place.floor_tag
      else (select e.tag from ${events} e where e.topic = place.topic and e.position = place.after) end as tag_at,
    ${eventColumns}
  from place left join lateral (
    select * from ${events} e where e.topic = place.topic and e.position > place.after
    order by e.position limit ${sql.placeholder('limit')}::integer
  ) e on true
  order by e.position`);

export const entryOf = (topic: string, row: EventRow): Entry =>
  ({
    topic,
    position: Number(row.position),
    tag: row.tag,
    id: row.id,
    kind: row.kind,
    orderId: row.order_id,
    data: row.data,
    party: row.party,
    told: row.told,
    at: row.at,
  }) as Entry;

/** Which server and database answer: another one, or the same one put back, may tell another history. */
export const sourceOfHistory = sql`extract(epoch from pg_postmaster_start_time())::text || '/' ||
      (select oid from pg_database where datname = current_database())::text`;

type MovedRow = { source: string; horizon: string; next: string } & (
  | { topic: string; position: string; tag: string }
  | { topic: null; position: null; tag: null }
);

/*
 * By transaction, not by time or number: one that began long ago and commits now is not stepped over. Every transaction
 * before the snapshot's xmin had ended, so that is where the next sweep starts; what lies between is seen again.
 */
const readMoved = statement<MovedRow>(sql`
  with
  now as materialized (select pg_current_snapshot() as snapshot),
  moved as (
    select distinct on (e.topic) e.topic, e.position, e.tag
    from ${events} e, now
    where e.xid >= ${sql.placeholder('horizon')}::xid8 and e.xid < pg_snapshot_xmax(now.snapshot)
    order by e.topic, e.position desc
  )
  select ${sourceOfHistory} as source,
    pg_snapshot_xmin(now.snapshot)::text as horizon, pg_snapshot_xmax(now.snapshot)::text as next,
    moved.topic, moved.position, moved.tag
  from now left join moved on true`);
