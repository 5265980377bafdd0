/** Notifications: what users were told, as a list and by id. */

import { type SQL, sql } from 'drizzle-orm';
import type { Entry, Party } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import { marketTopic, userTopic } from '../domain/topics.ts';
import type { Database } from './connection.ts';
import { type EventRow, entryOf, eventColumns } from './events.ts';
import { headOf } from './heads.ts';
import { type Page, pageStatements, type Shape, type Slice, slice, within } from './pages.ts';
import { statement } from './statement.ts';
import { events } from './tables.ts';

/** Whose: a user's, as one that it acts as. Null: only what it is told whatever it acts as. */
export type Reader = { userId: string; party: Party | null };

/** Newest first, so the key descends. */
export type NotificationKey = { position: number };

const topic = sql`${sql.placeholder('topic')}::text`;
const party = sql`${sql.placeholder('party')}::party`;

/** Each finds its rows by the index of what is told, which has the parties apart. */
const branches = [sql`e.party is null`, sql`e.party = ${party}`];

function branch(condition: SQL, shape: Shape): SQL {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  const end = (name: string) => sql`${sql.placeholder(name)}::bigint`;
  // The list descends: what comes after a position is smaller.
  const turned = { ...shape, after: shape.before, before: shape.after };
  return sql`(select e.* from ${events} e where e.topic = ${topic} and e.told and ${condition}
    ${within(turned, sql`e.position`, { after: end('before'), before: end('after') })}
    order by e.position ${direction} limit ${sql.placeholder('limit')}::int + 1)`;
}

type Heads = { viewerHead: Place; marketHead: Place };

/** The heads and the list are of one snapshot, so that nothing falls between them. */
const lists = pageStatements<Heads & (EventRow | { position: null })>((shape) => {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  const all = sql.join(
    branches.map((condition) => branch(condition, shape)),
    sql` union all `,
  );
  return sql`
    select h.*, ${eventColumns}
    from (select ${headOf(topic)} as "viewerHead", ${headOf(sql`${marketTopic}::text`)} as "marketHead") h
    left join lateral (
      select * from (${all}) u order by u.position ${direction} limit ${sql.placeholder('limit')}::int + 1
    ) e on true
    order by e.position ${direction}`;
});

export type NotificationList = Slice<Entry> & Heads;

/** A page of what a user was told, with the heads of its own topic and the market's as they were before. */
export async function notificationList(
  db: Database,
  reader: Reader,
  page: Page<NotificationKey>,
): Promise<NotificationList> {
  const own = userTopic(reader.userId);
  const rows = await lists(page)(db.$client, {
    topic: own,
    party: reader.party,
    limit: page.limit,
    after: page.after?.position ?? null,
    before: page.before?.position ?? null,
  });
  const [first] = rows;
  if (!first) throw new Error('The heads of a list are always one row');
  const entries = rows.flatMap((row) => (row.position === null ? [] : [entryOf(own, row)]));
  return { ...slice(entries, page), viewerHead: first.viewerHead, marketHead: first.marketHead };
}

const byId = statement<EventRow>(
  sql.join(
    // The newest first, which are those that are asked for; and within the index, which has the ids.
    [sql`e.party is null`, sql`e.party = 'CUSTOMER'`, sql`e.party = 'VENDOR'`].map(
      (
        condition,
      ) => sql`(select ${eventColumns} from unnest(${sql.placeholder('ids')}::uuid[]) a(id) cross join lateral (
        select e.* from ${events} e where e.topic = ${topic} and e.told and ${condition} and e.id = a.id
        order by e.position desc limit 1
      ) e)`,
    ),
    sql` union all `,
  ),
);

/** A user's notifications by their ids, whatever it is told as. */
export async function notificationsById(db: Database, userId: string, ids: readonly string[]): Promise<Entry[]> {
  const own = userTopic(userId);
  return (await byId(db.$client, { topic: own, ids })).map((row) => entryOf(own, row));
}
