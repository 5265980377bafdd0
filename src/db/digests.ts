/** What a digest says, read when it is sent: only what is still unread of it, and orders as they are now. */

import { sql } from 'drizzle-orm';
import type { Told } from '../domain/digest.ts';
import type { Happening } from '../domain/events.ts';
import type { Preference } from '../domain/preferences.ts';
import { userTopic } from '../domain/topics.ts';
import { isUnread } from './notification-marks.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries, events, orders, preferences, users } from './tables.ts';

export type DigestRow = {
  /** Of the delivery. */
  id: string;
  to: { externalId: string; name: string; email: string | null; unsubscribeToken: string };
  preferences: Preference[];
  /** Oldest first. */
  unread: Told[];
};

type Raw = Omit<DigestRow, 'unread'> & {
  unread: (Pick<Told, 'id' | 'order'> & { at: string; kind: string; orderId: string | null; data: unknown })[];
};

const read = statement<Raw>(sql`
  select d.id,
    json_build_object('externalId', u.external_id, 'name', u.name, 'email', coalesce(u.given_email, u.email),
      'unsubscribeToken', u.unsubscribe_token) as to,
    coalesce((select rules from ${preferences} p where p.user_id = u.id), '[]') as preferences,
    coalesce((
      select json_agg(json_build_object(
        'id', e.id, 'kind', e.kind, 'orderId', e.order_id, 'data', e.data,
        'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'order', case when o.id is not null
          then json_build_object('id', o.id, 'title', o.title, 'externalId', o.external_id) end) order by e.position)
      from ${events} e left join ${orders} o on o.id = e.order_id
      where e.topic = ${userTopic('')} || u.id and e.position = any(d.positions) and ${isUnread}
    ), '[]') as unread
  from ${deliveries} d join ${users} u on u.id = d.user_id
  where d.id = any(${sql.placeholder('ids')}::uuid[])`);

export async function readDigests(on: Queryable, ids: readonly string[]): Promise<DigestRow[]> {
  const rows = await read(on, { ids: [...ids] });
  return rows.map((row) => ({
    ...row,
    unread: row.unread.map(({ id, at, order, kind, orderId, data }) => ({
      id,
      at: new Date(at),
      order,
      happening: { kind, orderId, data } as Happening,
    })),
  }));
}
