/** What goes out to who was away: how, to whom, and what became of it. */

import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { users } from './users.ts';

export const channel = pgEnum('channel', ['EMAIL', 'WEBHOOK']);
export const deliveryState = pgEnum('delivery_state', ['PENDING', 'SENT', 'FAILED']);

/** What each user wants to be told by which way while it is away; none: everything. Read and written whole. */
export const preferences = pgTable('preferences', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  rules: jsonb('rules').notNull(),
});

/**
 * Users with notifications that have to be looked at, at `due_at`: those after `since`, up to `upto`, in its topic. Moved
 * ahead while a process does so: should it die, another one does it then.
 */
export const fallbacks = pgTable(
  'fallbacks',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id),
    dueAt: moment('due_at').notNull(),
    since: bigint('since', { mode: 'number' }).notNull(),
    upto: bigint('upto', { mode: 'number' }).notNull(),
  },
  (fallback) => [index('fallbacks_due').on(fallback.dueAt)],
);

/**
 * A digest on its way to a user: the job, and the record of it. `positions` are those of its notifications in the user's
 * topic. While PENDING it is due at `next_at`; a process that sends it moves that ahead and holds the `lease`.
 */
export const deliveries = pgTable(
  'deliveries',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    channel: channel('channel').notNull(),
    state: deliveryState('state').notNull().default('PENDING'),
    positions: bigint('positions', { mode: 'number' }).array().notNull(),
    attempts: integer('attempts').notNull().default(0),
    nextAt: moment('next_at').notNull(),
    lease: uuid('lease'),
    lastError: text('last_error'),
    createdAt: moment('created_at').notNull().default(sql`clock_timestamp()`),
    endedAt: moment('ended_at'),
  },
  (delivery) => [
    check('deliveries_end_or_wait', sql`(${delivery.state} = 'PENDING') = (${delivery.endedAt} is null)`),
    index('deliveries_due').on(delivery.channel, delivery.nextAt).where(sql`${delivery.state} = 'PENDING'`),
    index('deliveries_of_user').on(delivery.userId).where(sql`${delivery.state} = 'PENDING'`),
    index('deliveries_failed').on(delivery.endedAt, delivery.id).where(sql`${delivery.state} = 'FAILED'`),
    index('deliveries_by_age').on(delivery.createdAt),
  ],
);
