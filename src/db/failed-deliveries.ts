/** Digests that were given up: the list of them, and trying one again. */

import { sql } from 'drizzle-orm';
import type { Channel } from '../domain/preferences.ts';
import { type Page, pageStatements, type Shape, within } from './pages.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries } from './tables.ts';

export type DeliveryRow = {
  id: string;
  userId: string;
  channel: Channel;
  state: 'PENDING' | 'SENT' | 'FAILED';
  attempts: number;
  lastError: string | null;
  notifications: number;
  createdAt: string;
  /** When it was sent or given up. */
  endedAt: string | null;
};

/** Newest first, so the key descends. */
export type DeliveryKey = { endedAt: string; id: string };

const columns = sql`id, user_id as "userId", channel, state, attempts, last_error as "lastError",
  cardinality(positions) as notifications,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
  to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "endedAt"`;

const byId = statement<DeliveryRow>(sql`
  select ${columns} from ${deliveries} where id = any(${sql.placeholder('ids')}::uuid[])`);

export const deliveriesById = (on: Queryable, ids: readonly string[]): Promise<DeliveryRow[]> =>
  byId(on, { ids: [...ids] });

const pages = pageStatements<DeliveryRow>((shape: Shape) => {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  // The list descends: what comes after a key is smaller.
  const turned = { ...shape, after: shape.before, before: shape.after };
  const end = (name: string) =>
    sql`${sql.placeholder(`${name}EndedAt`)}::timestamptz, ${sql.placeholder(`${name}Id`)}::uuid`;
  return sql`
    select ${columns} from ${deliveries}
    where state = 'FAILED' ${within(turned, sql`ended_at, id`, { after: end('before'), before: end('after') })}
    order by ended_at ${direction}, id ${direction} limit ${sql.placeholder('limit')}::integer + 1`;
});

/** Up to a page and one, in the page's direction; the list has the newest first. */
export const failedDeliveries = (on: Queryable, page: Page<DeliveryKey>): Promise<DeliveryRow[]> =>
  pages(page)(on, {
    limit: page.limit,
    afterEndedAt: page.after?.endedAt ?? null,
    afterId: page.after?.id ?? null,
    beforeEndedAt: page.before?.endedAt ?? null,
    beforeId: page.before?.id ?? null,
  });

const retry = statement<{ state: DeliveryRow['state']; retried: boolean }>(sql`
  with
  retried as (
    update ${deliveries} set state = 'PENDING', attempts = 0, ended_at = null, next_at = clock_timestamp()
    where id = ${sql.placeholder('id')}::uuid and state = 'FAILED'
    returning id
  )
  select state, id in (select id from retried) as retried from ${deliveries} where id = ${sql.placeholder('id')}::uuid`);

/** Has a failed one tried at once, and as often as a new one. Null: there is none; false: it has not failed. */
export async function retryDelivery(on: Queryable, id: string): Promise<boolean | null> {
  const [row] = await retry(on, { id });
  return row?.retried ?? null;
}
