/** Users with notifications that have to be looked at, and what of those may have to go out. */

import { sql } from 'drizzle-orm';
import type { Missed, Parcel } from '../domain/falling-back.ts';
import type { Preference } from '../domain/preferences.ts';
import { userTopic } from '../domain/topics.ts';
import { isUnread } from './notification-marks.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries, events, fallbacks, preferences, users } from './tables.ts';

/** A user to be looked at, from one position up to another, by whoever settles it before `dueAt`. `now` is the database's clock. */
export type Fallback = { userId: string; dueAt: string; since: number; upto: number; now: Date };

type Row = { userId: string; dueAt: string; since: string; upto: string; now: string };

const claim = statement<Row>(sql`
  update ${fallbacks} f set due_at = clock_timestamp() + make_interval(secs => ${sql.placeholder('lease')}::double precision)
  where f.user_id in (
    select user_id from ${fallbacks} where due_at <= clock_timestamp()
    order by due_at limit ${sql.placeholder('limit')}::integer for no key update skip locked
  )
  returning user_id as "userId", due_at as "dueAt", since, upto, clock_timestamp() as now`);

/** Those that are due. Not settled within `lease` milliseconds they are due again, for whichever process asks first. */
export async function claimFallbacks(on: Queryable, options: { lease: number; limit: number }): Promise<Fallback[]> {
  const rows = await claim(on, { ...options, lease: options.lease / 1_000 });
  return rows.map(({ userId, dueAt, since, upto, now }) => ({
    userId,
    dueAt,
    since: Number(since),
    upto: Number(upto),
    now: new Date(now),
  }));
}

/** What a user was told and has not read, and how it wants to be told of it. */
export type Away = {
  userId: string;
  /** Whether it can be reached by mail. */
  hasEmail: boolean;
  preferences: Preference[];
  unread: (Missed & { at: Date })[];
};

type Raw = Omit<Away, 'unread'> & { unread: [position: number, action: string, at: number][] };

/** What a notification, which the statement calls `e`, is called. */
export const action = sql`case e.kind when 'notified' then e.data ->> 'action' else e.kind end`;

const read = statement<Raw>(sql`
  select u.id as "userId", coalesce(u.given_email, u.email) is not null as "hasEmail",
    coalesce((select rules from ${preferences} p where p.user_id = u.id), '[]') as preferences,
    coalesce((
      select json_agg(json_build_array(e.position, ${action}, (extract(epoch from e.at) * 1000)::bigint) order by e.position)
      from ${events} e
      where e.topic = ${userTopic('')} || u.id and e.position > c.since and e.position <= c.upto and ${isUnread}
    ), '[]') as unread
  from json_to_recordset(${sql.placeholder('claims')}::json) as c("userId" uuid, since bigint, upto bigint)
  join ${users} u on u.id = c."userId"`);

/** Nothing of what each says: there may be tens of thousands. */
export async function readAway(on: Queryable, claims: readonly Fallback[]): Promise<Away[]> {
  const rows = await read(on, { claims: JSON.stringify(claims) });
  return rows.map((row) => ({
    ...row,
    unread: row.unread.map(([position, action, at]) => ({ position, action, at: new Date(at) })),
  }));
}

/*
 * What was told meanwhile is left for another time. Only who still holds the claim writes anything: so each notification
 * goes into one digest of each channel, however many processes look. A digest that waits for the same moment takes it in.
 * Whoever is just being told something is waited for, in the order in which appends lock: one who is told something all
 * the time would else be skipped each time.
 */
const settle = statement<{ made: number }>(sql`
  with
  done as materialized (
    select * from json_to_recordset(${sql.placeholder('done')}::json) as d("userId" uuid, "dueAt" timestamptz, upto bigint)
  ),
  held as materialized (
    select f.user_id, d.upto, f.upto > d.upto as more
    from ${fallbacks} f join done d on f.user_id = d."userId" and f.due_at = d."dueAt"
    order by f.user_id for no key update of f
  ),
  closed as (
    delete from ${fallbacks} f using held where f.user_id = held.user_id and not held.more
  ),
  kept as (
    update ${fallbacks} f
    set since = held.upto, due_at = clock_timestamp() + make_interval(secs => ${sql.placeholder('after')}::double precision)
    from held where f.user_id = held.user_id and held.more
  ),
  parcels as materialized (
    select gen_random_uuid() as id, p."userId", p.channel, p.at,
      array(select position::bigint from json_array_elements_text(p.positions) position) as positions
    from json_to_recordset(${sql.placeholder('parcels')}::json) as p("userId" uuid, channel channel, at timestamptz, positions json)
    join held on held.user_id = p."userId"
  ),
  joined as (
    update ${deliveries} d set positions = d.positions || p.positions
    from parcels p
    where d.user_id = p."userId" and d.channel = p.channel and d.state = 'PENDING' and d.attempts = 0
      and d.next_at = p.at and d.next_at > clock_timestamp()
    returning p.id
  ),
  made as (
    insert into ${deliveries} (id, user_id, channel, positions, next_at)
    select id, "userId", channel, positions, at from parcels where id not in (select id from joined)
    returning id
  )
  select count(*)::integer as made from made`);

/** Hands over what goes out of these claims. `after` is in how many milliseconds what was told meanwhile is looked at. */
export async function settleFallbacks(
  on: Queryable,
  options: { done: readonly Fallback[]; parcels: readonly (Parcel & { userId: string })[]; after: number },
): Promise<void> {
  const { done, parcels, after } = options;
  await settle(on, { done: JSON.stringify(done), parcels: JSON.stringify(parcels), after: after / 1_000 });
}
