/** Removes what is not kept any longer: a topic's oldest events, idempotency keys that no repeat can meet, old deliveries. */

import { sql } from 'drizzle-orm';
import { isUnread } from './notification-marks.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries, events, idempotencyKeys, topics } from './tables.ts';

/** How long the events of some topics are kept. */
export type Keeping = {
  /** A topic's name, or the beginning of several with `%` for the rest. */
  topics: string;
  days: number;
};

/** By the database's clock; and no notification before its user has read it. */
const mayGo = sql`e.at < now() - make_interval(days => ${sql.placeholder('days')}::integer) and not ${isUnread}`;

const list = statement<{ topic: string }>(sql`
  select t.topic from ${topics} t
  where t.topic like ${sql.placeholder('topics')}::text and t.topic > ${sql.placeholder('after')}::text
    and exists (
      select from ${events} e where e.topic = t.topic and e.position = t.floor + 1 and ${mayGo}
    )
  order by t.topic limit ${sql.placeholder('limit')}::integer`);

/** Topics, after one by name, whose oldest event is kept no longer. */
export const topicsToPrune = async (
  on: Queryable,
  { topics: pattern, days }: Keeping,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> => (await list(on, { topics: pattern, days, after, limit })).map(({ topic }) => topic);

/*
 * The head's row is locked as whoever appends does, so floor, events and numbers are of one moment; who waited for it
 * sees where the other one has moved the floor to. From the floor on as far as events are of age and without a gap: times
 * are not in the order of numbers, so by time alone a hole would be left.
 */
const prune = statement<{ pruned: number }>(sql`
  with
  held as materialized (
    select topic, floor from ${topics} where topic = ${sql.placeholder('topic')}::text for no key update
  ),
  oldest as materialized (
    select e.position, e.tag,
      bool_and(${mayGo}) over upward and e.position - held.floor = row_number() over upward as goes
    from held cross join lateral (
      select * from ${events}
      where ${events}.topic = held.topic and ${events}.position > held.floor
      order by position limit ${sql.placeholder('limit')}::integer
    ) e
    window upward as (order by e.position)
  ),
  last as materialized (
    select position, tag from oldest where goes order by position desc limit 1
  ),
  moved as (
    update ${topics} set floor = last.position, floor_tag = last.tag
    from held, last where ${topics}.topic = held.topic
  ),
  pruned as (
    delete from ${events} using held, last
    where ${events}.topic = held.topic and ${events}.position > held.floor and ${events}.position <= last.position
    returning ${events}.position
  )
  select count(*)::integer as pruned from pruned`);

/** Prunes a topic from its lowest number upward, `limit` events at most. Answers how many went. */
export async function pruneTopic(
  on: Queryable,
  options: { topic: string; days: number; limit: number },
): Promise<number> {
  const [row] = await prune(on, options);
  return row?.pruned ?? 0;
}

const removeKeys = statement<{ removed: number }>(sql`
  with
  old as materialized (
    -- One that is just being used anew is left to whoever does so.
    select viewer_id, mutation, key from ${idempotencyKeys} where created_at <= now() - interval '24 hours'
    order by created_at limit ${sql.placeholder('limit')}::integer for update skip locked
  ),
  removed as (
    delete from ${idempotencyKeys} k using old
    where (k.viewer_id, k.mutation, k.key) = (old.viewer_id, old.mutation, old.key)
    returning k.key
  )
  select count(*)::integer as removed from removed`);

/** Removes `limit` keys at most of those that have had their 24 hours. Answers how many went. */
export async function removeOldKeys(on: Queryable, limit: number): Promise<number> {
  const [row] = await removeKeys(on, { limit });
  return row?.removed ?? 0;
}

const removeDeliveries = statement<{ removed: number }>(sql`
  with
  old as materialized (
    -- One that is being sent just now is left to whoever does so.
    select id from ${deliveries} where created_at < now() - make_interval(days => ${sql.placeholder('days')}::integer)
    order by created_at limit ${sql.placeholder('limit')}::integer for update skip locked
  ),
  removed as (
    delete from ${deliveries} d using old where d.id = old.id returning d.id
  )
  select count(*)::integer as removed from removed`);

/** Removes `limit` deliveries at most of those made more than so many days ago, whatever became of them. Answers how many went. */
export async function removeOldDeliveries(on: Queryable, options: { days: number; limit: number }): Promise<number> {
  const [row] = await removeDeliveries(on, options);
  return row?.removed ?? 0;
}
