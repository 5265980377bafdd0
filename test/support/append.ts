/** Appends events to topics by SQL alone, for tests of what happens after the commit. */

import type { Queryable } from '../../src/db/statement.ts';
import type { Entry } from '../../src/domain/events.ts';

const statement = `
  with moved as (
    insert into topics (topic, head, tag) values ($1::text, $2::integer, 0)
    on conflict (topic) do update set head = topics.head + excluded.head
    returning head
  ),
  appended as (
    insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
    select $1, moved.head - $2::integer + number, (random() * 9e18)::bigint - 4500000000000000000, gen_random_uuid(),
      'orderUpdated', coalesce($4::text::uuid, gen_random_uuid()), $3::json, null, false, now()
    from moved, generate_series(1, $2::integer) as number
    returning *
  )
  select topic, position, tag, id, kind, order_id as "orderId", data, party, told,
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
  from appended order by position`;

/** As the last that a transaction does, or by itself. Answers the events with their numbers, as they would ring. */
export async function append(
  on: Queryable,
  topic: string,
  count = 1,
  padding = '',
  orderId: string | null = null,
): Promise<Entry[]> {
  const data = JSON.stringify({ status: 'OPEN', closesAt: null, reason: padding || null });
  const rows = await on.unsafe<Entry[]>(statement, [topic, count, data, orderId]);
  const entries = rows.map((row) => ({ ...row, position: Number(row.position) }));
  await on.unsafe('update topics set tag = $2::text::bigint where topic = $1', [topic, entries.at(-1)?.tag ?? '0']);
  return entries;
}
