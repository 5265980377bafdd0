/** What happened, numbered in its topics, and up to where a user has read of it. */

import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment, xid8 } from './columns.ts';
import { party, users } from './users.ts';

/**
 * The head of each topic: the number and tag of its last event. Whoever appends locks this row to its commit, so events
 * become visible in the order of their numbers. Up to `floor` events were pruned; `floor_tag` is the last pruned one's.
 */
export const topics = pgTable(
  'topics',
  {
    topic: text('topic').primaryKey(),
    head: bigint('head', { mode: 'number' }).notNull(),
    tag: bigint('tag', { mode: 'bigint' }).notNull(),
    floor: bigint('floor', { mode: 'number' }).notNull().default(0),
    floorTag: bigint('floor_tag', { mode: 'bigint' }).notNull().default(sql`0`),
  },
  (topic) => [check('topics_floor_below_head', sql`${topic.floor} between 0 and ${topic.head}`)],
);

/**
 * Each topic's events, numbered 1, 2, 3 … without gaps (a trigger refuses one whose predecessor is missing).
 * `xid` is the transaction that committed it: the sweep reads by it what no ring announced.
 */
export const events = pgTable(
  'events',
  {
    topic: text('topic').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    tag: bigint('tag', { mode: 'bigint' }).notNull(),
    id: uuid('id').notNull(),
    kind: text('kind').notNull(),
    /** Null for what happened to no order. */
    orderId: uuid('order_id'),
    data: jsonb('data').notNull(),
    party: party('party'),
    told: boolean('told').notNull(),
    at: moment('at').notNull(),
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
  },
  (event) => [
    primaryKey({ columns: [event.topic, event.position] }),
    index('events_by_transaction').on(event.xid),
    // A user's notifications: listed and counted by it alone, and found by their ids.
    index('events_told').on(event.topic, event.party, event.position, event.id).where(sql`${event.told}`),
  ],
);

/** Up to where a user has read its notifications, as the one or the other that it acts as. It only moves up. */
export const notificationMarks = pgTable(
  'notification_marks',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    party: party('party').notNull(),
    /** In the user's topic. */
    position: bigint('position', { mode: 'number' }).notNull(),
  },
  (mark) => [primaryKey({ columns: [mark.userId, mark.party] })],
);
