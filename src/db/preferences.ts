/** What users want to be told by which way: reading it, writing it, and ending a channel by the token of a mail. */

import { sql } from 'drizzle-orm';
import { type Channel, type Preference, without } from '../domain/preferences.ts';
import { inTransaction, type Pool, type Queryable, statement } from './statement.ts';
import { preferences, users } from './tables.ts';

const read = statement<{ rules: Preference[] }>(sql`
  select rules from ${preferences} where user_id = ${sql.placeholder('userId')}::uuid`);

/** As they were set; none where nothing was. */
export async function preferencesOf(on: Queryable, userId: string): Promise<Preference[]> {
  const [row] = await read(on, { userId });
  return row?.rules ?? [];
}

const write = statement(sql`
  with held as materialized (
    -- Whoever ends a channel reads the rules before it writes them, and holds this.
    select id from ${users} where id = ${sql.placeholder('userId')}::uuid for no key update
  )
  insert into ${preferences} as p (user_id, rules)
  select id, ${sql.placeholder('rules')}::text::jsonb from held
  on conflict (user_id) do update set rules = excluded.rules`);

/** In the place of those there were. */
export async function savePreferences(on: Queryable, userId: string, rules: readonly Preference[]): Promise<void> {
  await write(on, { userId, rules: JSON.stringify(rules) });
}

const holder = statement<{ id: string }>(sql`
  select id from ${users} where unsubscribe_token = ${sql.placeholder('token')}::uuid for no key update`);

/** Switches a channel off for whoever was sent this token. Answers whether anybody was. */
export const endChannel = (pool: Pool, channel: Channel, token: string): Promise<boolean> =>
  inTransaction(pool, async (transaction) => {
    const [user] = await holder(transaction, { token });
    if (!user) return false;
    const rules = await preferencesOf(transaction, user.id);
    await savePreferences(transaction, user.id, without(channel, rules));
    return true;
  });
