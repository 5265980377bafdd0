/** Who there is, and as what it acts. */

import { pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

export const role = pgEnum('role', ['CUSTOMER', 'VENDOR', 'SERVICE']);
export const party = pgEnum('party', ['CUSTOMER', 'VENDOR']);

/**
 * One row per `sub` of the host application. `role` is that of its latest token, null while it was only notified.
 * Tokens issued before `revoked_at` are refused. `email` is what its tokens say, `given_email` what a service said, which
 * goes before. Whoever knows `unsubscribe_token`, which stands in its mails only, may end them.
 */
export const users = pgTable('users', {
  id: uuid('id').primaryKey(),
  externalId: text('external_id').notNull().unique(),
  name: text('name').notNull(),
  role: role('role'),
  createdAt: moment('created_at').notNull().defaultNow(),
  revokedAt: moment('revoked_at'),
  email: text('email'),
  givenEmail: text('given_email'),
  unsubscribeToken: uuid('unsubscribe_token').notNull().unique().defaultRandom(),
});
