/**
 * The statement that saves a batch, written for what the batch has: parts that it has nothing of would cost as much to
 * begin as those that it has, and most batches are bids and nothing else.
 */

import { type SQL, sql } from 'drizzle-orm';
import { userTopic } from '../domain/topics.ts';
import { sourceOfHistory } from './events.ts';
import { type Queryable, statement } from './statement.ts';
import {
  bids,
  confirmations,
  events,
  fallbacks,
  idempotencyKeys,
  negotiationReaders,
  negotiations,
  orders,
  topics,
  users,
} from './tables.ts';

export type Written = { orders: string[] | null; positions: [number, number][] | null; source: string };

/*
 * The order of things, held by data dependencies (CTEs without one run in any order): lock the orders by id, leave out
 * those whose version or deadline has passed, write the rest, lock users by id and make new ones, lock and move the
 * topics' heads by name, append, and note by name who has to be looked after: whoever does that locks nothing else.
 */

/** What a batch may have something of, in the order in which it is written. */
const parts = {
  changed: sql`
  changed as materialized (
    select * from json_to_recordset(${sql.placeholder('changed')}::json) as c(
      id uuid, version integer, status order_status, placements integer, rounds integer, "confirmBy" timestamptz,
      "dueAt" timestamptz, until timestamptz)
  ),
  locked as materialized (
    -- An array, so that they are found by the index: a function's rows are taken for so many that all orders would be read.
    select id, version from ${orders} where id = any(array(select id from changed)) order by id for no key update
  ),
  held(since) as materialized (
    -- The clock is read once all locks are held: before, a bid could wait for the lock past the deadline. It is read of
    -- what was counted of them, since the planner is free to read it earlier where nothing asks for that.
    select clock_timestamp() from (select count(*) as count from locked) l where l.count >= 0
  ),
  unmoved as materialized (
    select c.* from locked join changed c using (id)
    where locked.version = c.version and (c.until is null or (select since from held) < c.until)
  ),
  updated as (
    update ${orders} set version = ${orders}.version + 1, status = u.status, placements = u.placements,
      rounds = u.rounds, confirm_by = u."confirmBy", due_at = u."dueAt"
    from unmoved u where ${orders}.id = u.id returning ${orders}.id
  )`,
  created: sql`
  created as (
    insert into ${orders} (id, customer_id, external_id, title, description, currency, visibility, status, closes_at,
      created_at, version, placements, rounds, due_at)
    select c.id, c."customerId", c."externalId", c.title, c.description, c.currency, c.visibility, c.status, c."closesAt",
      c."createdAt", c.version, c.placements, c.rounds, c."dueAt"
    from json_to_recordset(${sql.placeholder('created')}::json) as c(id uuid, "customerId" uuid, "externalId" text, title text,
      description text, currency text, visibility bid_visibility, status order_status, "closesAt" timestamptz,
      "createdAt" timestamptz, version integer, placements integer, rounds integer, "dueAt" timestamptz)
    returning id
  )`,
  revoked: sql`
  revoked as (
    update ${users} set revoked_at = greatest(${users}.revoked_at, r."revokedAt")
    from (
      select u.id, r."revokedAt"
      from json_to_recordset(${sql.placeholder('revoked')}::json) as r("userId" uuid, "revokedAt" timestamptz)
      join ${users} u on u.id = r."userId"
      order by u.id for no key update of u
    ) r
    where ${users}.id = r.id
    returning ${users}.id
  )`,
  newcomers: sql`
  newcomers as (
    -- In the order of their ids there, lest two batches that meet the same ones wait for each other.
    insert into ${users} (id, external_id, name)
    select n.id, n."externalId", n."externalId"
    from json_to_recordset(${sql.placeholder('newcomers')}::json) as n(id uuid, "externalId" text)
    order by n."externalId"
    returning id
  )`,
  bids: sql`
  saved_bids as (
    insert into ${bids} (id, order_id, vendor_id, alias, amount, note, revision, status, placed_at, placement)
    select b.id, b."orderId", b."vendorId", b.alias, b.amount, b.note, b.revision, b.status, b."placedAt", b.placement
    from saved join json_to_recordset(${sql.placeholder('bids')}::json) as b(id uuid, "orderId" uuid, "vendorId" uuid, alias text,
      amount numeric, note text, revision integer, status bid_status, "placedAt" timestamptz, placement integer)
      on b."orderId" = saved.id
    on conflict (id) do update set amount = excluded.amount, note = excluded.note, revision = excluded.revision,
      status = excluded.status, placed_at = excluded.placed_at, placement = excluded.placement
  )`,
  confirmations: sql`
  saved_confirmations as (
    insert into ${confirmations} (bid_id, revision, order_id, accept_by, answer, reason, created_at, ended_at)
    select c."bidId", c.revision, c."orderId", c."acceptBy", c.answer, c.reason, c."createdAt", c."endedAt"
    from saved join json_to_recordset(${sql.placeholder('confirmations')}::json) as c("bidId" uuid, revision integer, "orderId" uuid,
      "acceptBy" timestamptz, answer confirmation_answer, reason text, "createdAt" timestamptz, "endedAt" timestamptz)
      on c."orderId" = saved.id
    -- Ended ones first: only one may stand at any moment, within a statement too.
    order by c."endedAt" nulls last
    on conflict (bid_id, revision) do update set answer = excluded.answer, reason = excluded.reason, ended_at = excluded.ended_at
  )`,
  rounds: sql`
  saved_rounds as (
    insert into ${negotiations} (id, order_id, round, message, target_amount, respond_by, prompted_by, created_at, ended_at)
    select r.id, r."orderId", r.round, r.message, r."targetAmount", r."respondBy", r."promptedBy", r."createdAt", r."endedAt"
    from saved join json_to_recordset(${sql.placeholder('rounds')}::json) as r(id uuid, "orderId" uuid, round integer, message text,
      "targetAmount" numeric, "respondBy" timestamptz, "promptedBy" uuid, "createdAt" timestamptz, "endedAt" timestamptz)
      on r."orderId" = saved.id
    on conflict (id) do update set ended_at = excluded.ended_at
  )`,
  readers: sql`
  saved_readers as (
    insert into ${negotiationReaders} (negotiation_id, vendor_id, asked)
    select r."negotiationId", r."vendorId", r.asked
    from saved join json_to_recordset(${sql.placeholder('readers')}::json) as r("orderId" uuid, "negotiationId" uuid, "vendorId" uuid,
      asked boolean) on r."orderId" = saved.id
    on conflict do nothing
  )`,
  kept: sql`
  saved_keys as (
    insert into ${idempotencyKeys} as k (viewer_id, mutation, key, input, about, created_at)
    select n."viewerId", n.mutation, n.key, n.input, n.about, n."createdAt"
    from json_to_recordset(${sql.placeholder('kept')}::json) as n("orderId" uuid, "viewerId" uuid, mutation text, key text,
      input text, about jsonb, "createdAt" timestamptz)
    where n."orderId" is null or n."orderId" in (select id from saved)
    -- A key of today that another process has just kept makes a null, which is refused: nothing of the batch is
    -- written, and the command that lost finds the key when it is decided again.
    on conflict (viewer_id, mutation, key) do update set
      input = case when k.created_at <= now() - interval '24 hours' then excluded.input end,
      about = excluded.about, created_at = excluded.created_at
  )`,
} satisfies Record<string, SQL>;

export type Part = keyof typeof parts;
const names = Object.keys(parts) as Part[];
/** What else is written asks which orders were. */
const ofOrders: readonly Part[] = ['changed', 'created'];

/** The orders that were written. */
function savedBy(has: (part: Part) => boolean): SQL {
  const written = [
    ...(has('changed') ? [sql`select id from updated`] : []),
    ...(has('created') ? [sql`select id from created`] : []),
  ];
  return sql`saved(id) as materialized (${written.length > 0 ? sql.join(written, sql` union all `) : sql`select null::uuid where false`})`;
}

/** How much was written before the events are. */
function countOf(has: (part: Part) => boolean): SQL {
  const counted = [
    sql`(select count(*) from saved)`,
    ...(has('revoked') ? [sql`(select count(*) from revoked)`] : []),
    ...(has('newcomers') ? [sql`(select count(*) from newcomers)`] : []),
  ];
  return sql.join(counted, sql` + `);
}

const appending = (saved: SQL): SQL => sql`
  told as materialized (
    select e.*, row_number() over (partition by topic order by nth) as n, count(*) over (partition by topic) as of
    from json_to_recordset(${sql.placeholder('events')}::json) as e(nth integer, topic text, tag bigint, id uuid, kind text,
      "orderId" uuid, data jsonb, party party, told boolean, at timestamptz)
    -- What is of no order counts what was saved only to come after it.
    where case when e."orderId" is null then ${saved} >= 0 else e."orderId" in (select id from saved) end
  ),
  heads as (
    insert into ${topics} as t (topic, head, tag)
    select topic, n, tag from told where n = of order by topic
    on conflict (topic) do update set head = t.head + excluded.head, tag = excluded.tag
    returning t.topic, t.head
  ),
  appended as (
    insert into ${events} (topic, position, tag, id, kind, order_id, data, party, told, at)
    select topic, heads.head - told.of + told.n, tag, id, kind, "orderId", data, party, told.told, at
    from told join heads using (topic)
  )`;

const lookingAfter = sql`
  waiting as (
    insert into ${fallbacks} as f (user_id, due_at, since, upto)
    select substr(topic, ${sql.raw(String(userTopic('').length + 1))})::uuid,
      clock_timestamp() + make_interval(secs => ${sql.placeholder('fallbackAfter')}::double precision),
      min(heads.head - told.of + told.n) - 1, max(heads.head - told.of + told.n)
    from told join heads using (topic)
    where told.told
    group by topic order by topic
    -- One that waits is due earlier. It changes in any case, so that whoever has looked at it sees that there is more.
    on conflict (user_id) do update set upto = excluded.upto
  )`;

/** `looksAfter`: whether those who are told have to be looked after. */
function write(has: (part: Part) => boolean, looksAfter: boolean): SQL {
  const [first, then] = [ofOrders, names.filter((name) => !ofOrders.includes(name))];
  const clauses = [
    ...first.filter(has).map((name) => parts[name]),
    savedBy(has),
    ...then.filter(has).map((name) => parts[name]),
    appending(countOf(has)),
    ...(looksAfter ? [lookingAfter] : []),
  ];
  return sql`with ${sql.join(clauses, sql`, `)}
  select ${sourceOfHistory} as source, (select json_agg(id) from saved) as orders,
    (select json_agg(json_build_array(nth, heads.head - told.of + told.n)) from told join heads using (topic)) as positions`;
}

const written = new Map<string, ReturnType<typeof statement<Written>>>();

/** Saves what there is; `values` are the parts' rows, and the events, as JSON. */
export function save(on: Queryable, has: (part: Part) => boolean, values: Record<string, unknown>): Promise<Written[]> {
  const looksAfter = values['fallbackAfter'] !== null;
  const shape = [...names.filter(has), looksAfter].join(' ');
  const query = written.get(shape) ?? statement<Written>(write(has, looksAfter));
  written.set(shape, query);
  return query(on, values);
}
