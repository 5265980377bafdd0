/** The tables, as Drizzle sees them. Constraints hold the invariants that no process may break, whatever its code says. */

import { type SQL, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** JavaScript's Date has milliseconds; more digits would be lost on the way and compare unequal. */
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const amount = (name: string) => numeric(name, { precision: 19, scale: 4 });
/** A transaction's id, 64 bits wide, which never wraps. */
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

export const role = pgEnum('role', ['CUSTOMER', 'VENDOR', 'SERVICE']);
export const party = pgEnum('party', ['CUSTOMER', 'VENDOR']);
export const visibility = pgEnum('bid_visibility', ['SEALED', 'RANK', 'OPEN']);
export const orderStatus = pgEnum('order_status', ['OPEN', 'CLOSED', 'CONFIRMED', 'ACCEPTED', 'CANCELLED', 'EXPIRED']);
export const bidStatus = pgEnum('bid_status', ['ACTIVE', 'WITHDRAWN', 'CONFIRMED', 'ACCEPTED', 'DECLINED', 'LOST']);
export const confirmationAnswer = pgEnum('confirmation_answer', ['ACCEPTED', 'DECLINED', 'LAPSED']);
export const channel = pgEnum('channel', ['EMAIL', 'WEBHOOK']);
export const deliveryState = pgEnum('delivery_state', ['PENDING', 'SENT', 'FAILED']);

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

/**
 * `version` moves with everything that a rule reads of the order: its own columns, its bids, rounds and confirmations.
 * `status` is what was decided last; from `closes_at` on OPEN reads as CLOSED, by the database's clock.
 * `placements` counts bids and revisions, `rounds` negotiation rounds. `confirm_by` is when it expires, if no round is open.
 * `due_at` is when the clock next does something to the order: the first of its deadlines that is still ahead in its state.
 */
export const orders = pgTable(
  'orders',
  {
    id: uuid('id').primaryKey(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    externalId: text('external_id'),
    title: text('title').notNull(),
    description: text('description').notNull(),
    currency: text('currency').notNull(),
    visibility: visibility('visibility').notNull(),
    status: orderStatus('status').notNull(),
    closesAt: moment('closes_at'),
    createdAt: moment('created_at').notNull(),
    version: integer('version').notNull(),
    placements: integer('placements').notNull(),
    rounds: integer('rounds').notNull(),
    confirmBy: moment('confirm_by'),
    dueAt: moment('due_at'),
  },
  (order) => [
    index('orders_newest').on(order.createdAt, order.id),
    index('orders_of_customer').on(order.customerId, order.createdAt, order.id),
    index('orders_by_status').on(order.status, order.createdAt, order.id),
    index('orders_by_external_id').on(order.externalId),
    index('orders_due').on(order.dueAt).where(sql`${order.dueAt} is not null`),
    check('orders_expire_from_closed', sql`(${order.status} = 'CLOSED') = (${order.confirmBy} is not null)`),
  ],
);

/** `placement` is the order's count of placements at this revision: of equal amounts the smaller stands higher. */
export const bids = pgTable(
  'bids',
  {
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    vendorId: uuid('vendor_id')
      .notNull()
      .references(() => users.id),
    alias: text('alias').notNull(),
    amount: amount('amount').notNull(),
    note: text('note'),
    revision: integer('revision').notNull(),
    status: bidStatus('status').notNull(),
    placedAt: moment('placed_at').notNull(),
    placement: integer('placement').notNull(),
    /** Listed last, whatever its amount. */
    retired: boolean('retired')
      .notNull()
      .generatedAlwaysAs((): SQL => sql`status in ('WITHDRAWN', 'DECLINED')`),
  },
  (bid) => [
    unique('bids_one_per_vendor').on(bid.orderId, bid.vendorId),
    unique('bids_alias_of_order').on(bid.orderId, bid.alias),
    unique('bids_placed_in_order').on(bid.orderId, bid.placement),
    check('bids_amount_above_zero', sql`${bid.amount} > 0`),
    check('bids_revision_from_one', sql`${bid.revision} >= 1`),
    index('bids_lowest_first').on(bid.orderId, bid.retired, bid.amount, bid.placement),
    index('bids_of_vendor').on(bid.vendorId, bid.orderId),
  ],
);

/** One row per confirmed revision. It stands until `ended_at`; ended without an answer when its order was cancelled. */
export const confirmations = pgTable(
  'confirmations',
  {
    bidId: uuid('bid_id')
      .notNull()
      .references(() => bids.id),
    revision: integer('revision').notNull(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    acceptBy: moment('accept_by').notNull(),
    answer: confirmationAnswer('answer'),
    reason: text('reason'),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
  },
  (confirmation) => [
    primaryKey({ columns: [confirmation.bidId, confirmation.revision] }),
    uniqueIndex('confirmations_one_standing').on(confirmation.orderId).where(sql`${confirmation.endedAt} is null`),
    check(
      'confirmations_answered_have_ended',
      sql`${confirmation.answer} is null or ${confirmation.endedAt} is not null`,
    ),
  ],
);

/** A round of negotiation. Open until `respond_by`, at the latest until `ended_at`. */
export const negotiations = pgTable(
  'negotiations',
  {
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    round: integer('round').notNull(),
    message: text('message').notNull(),
    targetAmount: amount('target_amount'),
    respondBy: moment('respond_by'),
    promptedBy: uuid('prompted_by').references(() => bids.id),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
  },
  (negotiation) => [
    unique('negotiations_round_of_order').on(negotiation.orderId, negotiation.round),
    check('negotiations_target_above_zero', sql`${negotiation.targetAmount} > 0`),
  ],
);

/** Who may read a round. `asked` are those it was sent to; the others first bid while it was open. */
export const negotiationReaders = pgTable(
  'negotiation_readers',
  {
    negotiationId: uuid('negotiation_id')
      .notNull()
      .references(() => negotiations.id),
    vendorId: uuid('vendor_id')
      .notNull()
      .references(() => users.id),
    asked: boolean('asked').notNull(),
  },
  (reader) => [primaryKey({ columns: [reader.negotiationId, reader.vendorId] })],
);

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
