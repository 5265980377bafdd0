/** What the clock does to an order, without anybody asking: whoever looks first, at the deadline or long after it. */

import { type Accepted, applied, type Book } from './book.ts';
import { lapseConfirmation } from './confirming.ts';
import { endRound } from './negotiating.ts';
import { closeOrder, expireOrder } from './ordering.ts';

/** The order as it is at a moment, and what had to happen for that, in its order. All bids that it concerns are known. */
export function caughtUp(book: Book, confirmWithin: number, now: Date): { book: Book; happened: Accepted[] } {
  const happened: Accepted[] = [];
  let current = book;
  const take = (decision: Accepted | null): void => {
    if (decision === null) return;
    happened.push(decision);
    current = applied(current, decision.changes);
  };
  // Each may make the next one due, none of them one before it.
  take(lapseConfirmation(current, confirmWithin, now));
  take(closeOrder(current, confirmWithin, now));
  take(endRound(current, now));
  take(expireOrder(current, now));
  return { book: current, happened };
}

/** When the clock next does something to the order: from then on `caughtUp` has something to tell. Null: never, as it is. */
export function dueAt({ order, round, pending }: Book): Date | null {
  switch (order.status) {
    case 'OPEN':
      return earlier(order.closesAt, round?.respondBy ?? null);
    case 'CLOSED':
      return round === null ? order.confirmBy : round.respondBy;
    case 'CONFIRMED':
      return pending?.acceptBy ?? null;
    case 'ACCEPTED':
    case 'CANCELLED':
    case 'EXPIRED':
      return null;
  }
}

const earlier = (a: Date | null, b: Date | null): Date | null => (a !== null && (b === null || a < b) ? a : b);
