/** Users: reading them, and remembering whom tokens speak of. */

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { statement } from './statement.ts';

/** The roles of the column, which the tokens' are too. */
type Role = 'CUSTOMER' | 'VENDOR' | 'SERVICE';

export type UserRow = { id: string; externalId: string; name: string; role: Role | null; email: string | null };

const byId = statement<UserRow>(sql`
  select id, external_id as "externalId", name, role::text as role, coalesce(given_email, email) as email
  from users
  where id = any(${sql.placeholder('ids')}::uuid[])`);

export const usersById = (db: Database, ids: readonly string[]): Promise<UserRow[]> => byId(db.$client, { ids });

const bidding = statement<{ id: string }>(sql`
  select u.id from unnest(${sql.placeholder('ids')}::uuid[]) u(id) where exists (
    select from bids b join orders o on o.id = b.order_id
    where b.vendor_id = u.id and o.customer_id = ${sql.placeholder('customerId')}::uuid)`);

/** Which of these users have bid on an order of a customer. */
export const biddersOf = (db: Database, customerId: string, ids: readonly string[]): Promise<{ id: string }[]> =>
  bidding(db.$client, { customerId, ids });

const posting = statement<{ id: string }>(sql`
  select u.id from unnest(${sql.placeholder('ids')}::uuid[]) u(id) where exists (
    select from orders o where o.customer_id = u.id)`);

/** Which of these users have posted an order. */
export const customersAmong = (db: Database, ids: readonly string[]): Promise<{ id: string }[]> =>
  posting(db.$client, { ids });

const upsert = statement<{ id: string; email: string | null; revokedAt: string | null }>(sql`
  insert into users (id, external_id, name, role, email)
  values (${sql.placeholder('id')}::uuid, ${sql.placeholder('externalId')}::text, ${sql.placeholder('name')}::text,
    ${sql.placeholder('role')}::role, ${sql.placeholder('email')}::text)
  on conflict (external_id) do update set name = excluded.name, role = excluded.role,
    email = coalesce(excluded.email, users.email)
  returning id, email, revoked_at as "revokedAt"`);

/** How many users' names a process keeps in mind: some megabytes. */
const memory = 10_000;

/** `email` is null where its token says none, which changes nothing. */
type Claims = { name: string; role: Role; email: string | null };
type Known = Claims & { id: string; revokedAt: Date | null };

const saysNothingNew = (claims: Claims, known: Claims): boolean =>
  known.name === claims.name && known.role === claims.role && (claims.email ?? known.email) === known.email;

/**
 * Answers the id of the user that a token speaks of, and when its sessions were last revoked: created at first sight,
 * written again when its name, role or address changed. The users seen last are kept in mind, so that not every request writes;
 * so `revoke` has to be told of every revocation, and `forget` of having missed some.
 */
export function createRemember(db: Database) {
  const seen = new Map<string, Known>();
  /** Moves with each revocation and each `forget`. */
  let news = 0;

  function keep(externalId: string, known: Known): void {
    seen.delete(externalId);
    seen.set(externalId, known);
    const [oldest] = seen.keys();
    if (seen.size > memory && oldest !== undefined) seen.delete(oldest);
  }

  return {
    async remember({ externalId, ...claims }: Claims & { externalId: string }): Promise<Known> {
      const known = seen.get(externalId);
      if (known && saysNothingNew(claims, known)) return known;
      for (;;) {
        const before = news;
        const [row] = await upsert(db.$client, { id: randomUUID(), externalId, ...claims });
        if (!row) throw new Error('An upsert always answers one row');
        // A revocation heard meanwhile may be later than what was read: read again.
        if (news !== before) continue;
        const read = {
          ...claims,
          email: row.email,
          id: row.id,
          revokedAt: row.revokedAt === null ? null : new Date(row.revokedAt),
        };
        keep(externalId, read);
        return read;
      }
    },
    /** Read anew when next asked for. */
    revoke(userId: string): void {
      news += 1;
      for (const [externalId, { id }] of seen) if (id === userId) seen.delete(externalId);
    },
    forget(): void {
      news += 1;
      seen.clear();
    },
  };
}
