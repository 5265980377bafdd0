/** Digests on their way: who takes which, and what became of it. The row is the job and its record. */

import { sql } from 'drizzle-orm';
import type { Channel } from '../domain/preferences.ts';
import { type Queryable, statement } from './statement.ts';
import { deliveries, fallbacks } from './tables.ts';

/** A digest that is ours to send until the lease ends. `attempts` counts this one; `now` is the database's clock. */
export type Job = { id: string; lease: string; attempts: number; now: Date };

const claim = statement<Omit<Job, 'now'> & { now: string }>(sql`
  update ${deliveries} d set lease = gen_random_uuid(), attempts = attempts + 1,
    next_at = clock_timestamp() + make_interval(secs => ${sql.placeholder('lease')}::double precision)
  where d.id in (
    select id from ${deliveries}
    where state = 'PENDING' and channel = ${sql.placeholder('channel')}::channel and next_at <= clock_timestamp()
    order by next_at limit ${sql.placeholder('limit')}::integer for no key update skip locked
  )
  returning id, lease, attempts, clock_timestamp() as now`);

/** Those that are due. Of which nothing is said within `lease` milliseconds are due again, for whichever process asks first. */
export async function claimDeliveries(
  on: Queryable,
  options: { channel: Channel; lease: number; limit: number },
): Promise<Job[]> {
  return (await claim(on, { ...options, lease: options.lease / 1_000 })).map((row) => ({
    ...row,
    now: new Date(row.now),
  }));
}

const end = statement(sql`
  update ${deliveries} set state = ${sql.placeholder('state')}::delivery_state, last_error = ${sql.placeholder('error')}::text,
    lease = null, ended_at = clock_timestamp()
  where id = ${sql.placeholder('id')}::uuid and lease = ${sql.placeholder('lease')}::uuid and state = 'PENDING'`);

const again = statement(sql`
  update ${deliveries} set last_error = ${sql.placeholder('error')}::text, lease = null,
    next_at = clock_timestamp() + make_interval(secs => ${sql.placeholder('pause')}::double precision)
  where id = ${sql.placeholder('id')}::uuid and lease = ${sql.placeholder('lease')}::uuid and state = 'PENDING'`);

const postpone = statement(sql`
  update ${deliveries} set attempts = attempts - 1, lease = null, next_at = ${sql.placeholder('until')}::timestamptz
  where id = ${sql.placeholder('id')}::uuid and lease = ${sql.placeholder('lease')}::uuid and state = 'PENDING'`);

const drop = statement(sql`
  delete from ${deliveries}
  where id = ${sql.placeholder('id')}::uuid and lease = ${sql.placeholder('lease')}::uuid and state = 'PENDING'`);

/** What became of a digest; of whoever does not hold its lease any more nothing is taken. */
export const record = {
  sent: (on: Queryable, { id, lease }: Job) => end(on, { id, lease, state: 'SENT', error: null }),
  failed: (on: Queryable, { id, lease }: Job, error: string) => end(on, { id, lease, state: 'FAILED', error }),
  /** Tried again in so many milliseconds. */
  again: (on: Queryable, { id, lease }: Job, error: string, pause: number) =>
    again(on, { id, lease, error, pause: pause / 1_000 }),
  /** Not tried at all until then. */
  postponed: (on: Queryable, { id, lease }: Job, until: Date) =>
    postpone(on, { id, lease, until: until.toISOString() }),
  /** There is nothing to send any more. */
  dropped: (on: Queryable, { id, lease }: Job) => drop(on, { id, lease }),
};

const next = statement<{ wait: number | null }>(sql`
  select extract(epoch from least(
    (select min(due_at) from ${fallbacks}),
    (select min(next_at) from unnest(${sql.placeholder('channels')}::channel[]) c(channel), lateral (
      select next_at from ${deliveries} d where d.state = 'PENDING' and d.channel = c.channel order by next_at limit 1
    ) first)
  ) - clock_timestamp())::double precision * 1000 as wait`);

/** In how many milliseconds there is something to do; null: nothing waits. */
export async function nextDue(on: Queryable, channels: readonly Channel[]): Promise<number | null> {
  const [row] = await next(on, { channels: [...channels] });
  return row?.wait ?? null;
}
