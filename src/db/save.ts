/** Saves what a batch of commands decided, across orders, and appends its events: one statement. */

import type { Bid } from '../domain/bid.ts';
import type { About, Newcomer, NewOrder, Reader } from '../domain/book.ts';
import type { Confirmation } from '../domain/confirmation.ts';
import type { Audience, Happening } from '../domain/events.ts';
import type { Round } from '../domain/negotiation.ts';
import type { Order } from '../domain/order.ts';
import type { Revocation } from '../domain/sessions.ts';
import type { Key } from './books.ts';
import { type Part, save } from './save-statement.ts';
import type { Queryable } from './statement.ts';

/** With the moment at which the clock next does something to it. */
type Due<T> = T & { dueAt: Date | null };
type OfOrder<T> = T & { orderId: string };
/** Null: of no order, so it is saved whatever became of the orders. */
type OfAny<T> = T & { orderId: string | null };

/** An event on its way into one topic; it gets its number where it is saved. */
export type Unnumbered = Happening & Audience & { id: string; tag: string; at: string };

/** Everything a batch writes, each row as it is afterwards; whatever is of an order is saved with it or not at all. */
export type Batch = {
  created: Due<NewOrder & { version: 1; placements: number; rounds: number; status: Order['status'] }>[];
  /** `version` as it was read. `until` is when a deadline passes that the decisions took for ahead. */
  changed: Due<Order & { until: Date | null }>[];
  bids: OfOrder<Bid>[];
  confirmations: OfOrder<Confirmation>[];
  rounds: OfOrder<Round>[];
  readers: OfOrder<Reader>[];
  revoked: Revocation[];
  newcomers: Newcomer[];
  kept: OfAny<Key & { input: string; about: About; createdAt: Date }>[];
  /** In the order in which they happened. */
  events: Unnumbered[];
};

export type Saved = {
  /** The orders that were saved; the others had moved since they were read, and nothing of them was written. */
  orders: Set<string>;
  /** The number of each event, by its place in the batch; none for those of orders that had moved. */
  positions: Map<number, number>;
  /** Of whose history these numbers are; null where nothing was to be written. */
  source: string | null;
};

/** `fallbackAfter` is in how many milliseconds those who are told have to be looked after; null where nobody does. */
export async function saveBatch(on: Queryable, batch: Batch, fallbackAfter: number | null): Promise<Saved> {
  const has = (part: Part): boolean => batch[part].length > 0;
  const [row] = await save(on, has, {
    created: JSON.stringify(batch.created),
    changed: JSON.stringify(batch.changed),
    bids: JSON.stringify(batch.bids),
    confirmations: JSON.stringify(batch.confirmations),
    rounds: JSON.stringify(batch.rounds),
    readers: JSON.stringify(batch.readers),
    revoked: JSON.stringify(batch.revoked),
    newcomers: JSON.stringify(batch.newcomers),
    kept: JSON.stringify(batch.kept),
    fallbackAfter: fallbackAfter === null ? null : fallbackAfter / 1_000,
    events: JSON.stringify(batch.events.map((event, nth) => ({ ...event, nth }))),
  });
  return { orders: new Set(row?.orders), positions: new Map(row?.positions), source: row?.source ?? null };
}
