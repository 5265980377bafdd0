/** What a digest says, read when it is sent: first what is still unread of it, then what that tells, with orders as they are now. */

import { sql } from 'drizzle-orm';
import type { Told } from '../domain/digest.ts';
import type { Happening } from '../domain/events.ts';
import type { Missed } from '../domain/falling-back.ts';
import type { Preference } from '../domain/preferences.ts';
import { userTopic } from '../domain/topics.ts';
import { action } from './fallbacks.ts';
import { isUnread } from './notification-marks.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries, events, orders, preferences, users } from './tables.ts';

export type DigestRow = {
  /** Of the delivery. */
  id: string;
  userId: string;
  to: { externalId: string; name: string; email: string | null; unsubscribeToken: string };
  preferences: Preference[];
  /** Oldest first. */
  unread: Missed[];
};

type Raw = Omit<DigestRow, 'unread'> & { unread: [position: number, action: string][] };

const read = statement<Raw>(sql`
  select d.id, u.id as "userId",
    json_build_object('externalId', u.external_id, 'name', u.name, 'email', coalesce(u.given_email, u.email),
      'unsubscribeToken', u.unsubscribe_token) as to,
    coalesce((select rules from ${preferences} p where p.user_id = u.id), '[]') as preferences,
    coalesce((
      select json_agg(json_build_array(e.position, ${action}) order by e.position) from ${events} e
      where e.topic = ${userTopic('')} || u.id and e.position = any(d.positions) and ${isUnread}
    ), '[]') as unread
  from ${deliveries} d join ${users} u on u.id = d.user_id
  where d.id = any(${sql.placeholder('ids')}::uuid[])`);

export async function readDigests(on: Queryable, ids: readonly string[]): Promise<DigestRow[]> {
  const rows = await read(on, { ids: [...ids] });
  return rows.map((row) => ({ ...row, unread: row.unread.map(([position, action]) => ({ position, action })) }));
}

const tell = statement<
  Pick<Told, 'id' | 'order'> & { at: string; kind: string; orderId: string | null; data: unknown }
>(sql`
  select e.id, e.kind, e.order_id as "orderId", e.data, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
    case when o.id is not null then json_build_object('id', o.id, 'title', o.title, 'externalId', o.external_id) end as order
  from ${events} e left join ${orders} o on o.id = e.order_id
  where e.topic = ${sql.placeholder('topic')}::text and e.position = any(${sql.placeholder('positions')}::bigint[])
  order by e.position`);

/** What a user's notifications tell, oldest first. */
export async function readTold(on: Queryable, userId: string, positions: readonly number[]): Promise<Told[]> {
  const rows = await tell(on, { topic: userTopic(userId), positions: [...positions] });
  return rows.map(({ id, at, order, kind, orderId, data }) => ({
    id,
    at: new Date(at),
    order,
    happening: { kind, orderId, data } as Happening,
  }));
}
