/** Where users can be reached, as a service says it. */

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Queryable, statement } from './statement.ts';
import { users } from './tables.ts';

const upsert = statement<{ id: string }>(sql`
  insert into ${users} (id, external_id, name, given_email)
  values (${sql.placeholder('id')}::uuid, ${sql.placeholder('externalId')}::text, ${sql.placeholder('externalId')}::text,
    ${sql.placeholder('email')}::text)
  on conflict (external_id) do update set given_email = excluded.given_email
  returning id`);

/** Answers the user's id; one that was not seen yet is made, and named by its id in the host application. */
export async function saveEmail(on: Queryable, externalId: string, email: string | null): Promise<string> {
  const [row] = await upsert(on, { id: randomUUID(), externalId, email });
  if (!row) throw new Error('An upsert always answers one row');
  return row.id;
}
