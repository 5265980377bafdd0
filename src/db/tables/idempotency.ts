/** What mutations have answered, for whoever asks again. */

import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { users } from './users.ts';

/** What a mutation with an idempotency key answered, per viewer and mutation, for 24 hours. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    viewerId: uuid('viewer_id')
      .notNull()
      .references(() => users.id),
    mutation: text('mutation').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the parsed input without the key, in hex. */
    input: text('input').notNull(),
    /** What the answer was about: ids, whose fields are read anew. */
    about: jsonb('about').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (key) => [
    primaryKey({ columns: [key.viewerId, key.mutation, key.key] }),
    index('idempotency_keys_by_age').on(key.createdAt),
  ],
);
