/** Up to where users have read what they were told: the marks, and what is unread above them. */

import { type SQL, sql } from 'drizzle-orm';
import type { Party } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import type { Marks } from '../domain/notification.ts';
import { userTopic } from '../domain/topics.ts';
import type { Database } from './connection.ts';
import type { Reader } from './notifications.ts';
import { statement } from './statement.ts';
import { events, notificationMarks, topics } from './tables.ts';

const topic = sql`${sql.placeholder('topic')}::text`;
const party = sql`${sql.placeholder('party')}::party`;
const position = sql`${sql.placeholder('position')}::bigint`;

const marksOf = statement<{ userId: string; party: Party; position: string }>(sql`
  select user_id as "userId", party::text as party, position from ${notificationMarks}
  where user_id = any(${sql.placeholder('userIds')}::uuid[])`);

/** Up to where users have read; those that never have are left out. */
export async function marksOfUsers(db: Database, userIds: readonly string[]): Promise<Map<string, Marks>> {
  const marks = new Map<string, Marks>();
  for (const { userId, party: as, position: at } of await marksOf(db.$client, { userIds })) {
    marks.set(userId, { CUSTOMER: 0, VENDOR: 0, ...marks.get(userId), [as]: Number(at) });
  }
  return marks;
}

/** The user of a topic that is a user's own, else null. */
const userOf = (name: SQL): SQL =>
  sql`case when ${name} ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then substr(${name}, 6)::uuid end`;

/** Whether an event, which the statement calls `e`, is a notification that its user has not read. */
export const isUnread = sql`(e.told and e.position > coalesce((
  select max(m.position) from ${notificationMarks} m
  where m.user_id = ${userOf(sql`e.topic`)} and (e.party is null or m.party = e.party)), 0))`;

const unread = statement<{ count: number }>(sql`
  with marks as (
    select coalesce(max(position), 0) as either, coalesce(max(position) filter (where party = ${party}), 0) as own
    from ${notificationMarks} where user_id = ${sql.placeholder('userId')}::uuid
  )
  select (
    (select count(*) from ${events} e where e.topic = ${topic} and e.told and e.party is null and e.position > either) +
    (select count(*) from ${events} e where e.topic = ${topic} and e.told and e.party = ${party} and e.position > own)
  )::int as count from marks`);

/** How much a user was told that it has not read; of the index alone, and of it only what is unread. */
export async function countUnread(db: Database, { userId, party: as }: Reader): Promise<number> {
  const [row] = await unread(db.$client, { userId, party: as, topic: userTopic(userId) });
  return row?.count ?? 0;
}

const mark = statement<{ known: boolean; floor: string; floorTag: string }>(sql`
  with place as (
    select coalesce(t.floor, 0) as floor, coalesce(t.floor_tag, 0) as floor_tag,
      ${position} <= coalesce(t.floor, 0) or exists (
        select from ${events} e
        where e.topic = asked.topic and e.position = ${position} and e.tag = ${sql.placeholder('tag')}::bigint
      ) as known
    from (select ${topic} as topic) asked left join ${topics} t using (topic)
  ),
  marked as (
    insert into ${notificationMarks} as m (user_id, party, position)
    select ${sql.placeholder('userId')}::uuid, ${party}, ${position} from place where known
    on conflict (user_id, party) do update set position = excluded.position where m.position < excluded.position
  )
  select known, floor, floor_tag as "floorTag" from place`);

/**
 * All up to a place in its topic is read by a user, as one that it acts as; a place below its mark changes nothing.
 * Answers null, or from where on there is history if the place is of another one.
 */
export async function markRead(
  db: { $client: Database['$client'] },
  { userId, party: as }: { userId: string; party: Party },
  { position: upTo, tag }: Place,
): Promise<Place | null> {
  const [row] = await mark(db.$client, { userId, party: as, topic: userTopic(userId), position: upTo, tag });
  if (!row) throw new Error('Marking always answers one row');
  return row.known ? null : { position: Number(row.floor), tag: row.floorTag };
}
