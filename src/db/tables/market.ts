/** Orders, and what is done about them: bids, confirmations, negotiation rounds. */

import { type SQL, sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { amount, moment } from './columns.ts';
import { users } from './users.ts';

export const visibility = pgEnum('bid_visibility', ['SEALED', 'RANK', 'OPEN']);
export const orderStatus = pgEnum('order_status', ['OPEN', 'CLOSED', 'CONFIRMED', 'ACCEPTED', 'CANCELLED', 'EXPIRED']);
export const bidStatus = pgEnum('bid_status', ['ACTIVE', 'WITHDRAWN', 'CONFIRMED', 'ACCEPTED', 'DECLINED', 'LOST']);
export const confirmationAnswer = pgEnum('confirmation_answer', ['ACCEPTED', 'DECLINED', 'LAPSED']);

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
