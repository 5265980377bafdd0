/** The rules of posting and cancelling an order, and of its end by the clock. */

import { orderOpened, orderUpdated, orderUpdatedByClock } from './audience.ts';
import type { Accepted, Book, Decision, NewOrder } from './book.ts';
import { lostBids } from './confirming.ts';
import { currencyDigits } from './currencies.ts';
import { endedRound } from './negotiating.ts';
import { isOpen } from './negotiation.ts';
import { orderSteps, statusAt, withOpenChoice } from './order.ts';
import { invalid } from './refusals.ts';

export function createOrder(order: NewOrder, now: Date): Decision {
  if (currencyDigits(order.currency) === undefined)
    return { refused: invalid('currency', 'must be a currency of ISO 4217') };
  if (order.closesAt !== null && order.closesAt <= now)
    return { refused: invalid('closesAt', 'must be in the future') };
  return {
    changes: { created: { ...order, createdAt: now } },
    announcements: [orderOpened(order.id)],
    about: { orderId: order.id },
  };
}

/** Any time before a deal stands. A confirmation that waits ends unanswered. */
export function cancelOrder(book: Book, reason: string | null, now: Date): Decision {
  if (orderSteps[statusAt(book.order, now)].cancel !== 'CANCELLED') {
    return { refused: { code: 'ORDER_ENDED', orderId: book.order.id } };
  }
  const order = { ...book.order, status: 'CANCELLED' as const, confirmBy: null };
  const lost = lostBids(book.bids.values());
  const losers = lost.map((bid) => bid.vendorId);
  return {
    changes: {
      order,
      bids: lost,
      rounds: endedRound(book, now),
      confirmations: book.pending === null ? [] : [{ ...book.pending, endedAt: now }],
    },
    announcements: [orderUpdated(order, reason, losers)],
    about: { orderId: order.id },
  };
}

/** No bids from `closesAt` on, but from those who are asked in a round. Null where it is not OPEN, or not yet that late. */
export function closeOrder({ order: before }: Book, confirmWithin: number, now: Date): Accepted | null {
  const { status, closesAt } = before;
  if (orderSteps[status].close !== 'CLOSED' || closesAt === null || closesAt > now) return null;
  const order = withOpenChoice(before, closesAt, confirmWithin, now);
  return { changes: { order }, announcements: [orderUpdatedByClock(order)], about: { orderId: order.id } };
}

/** Nothing was confirmed in time: all bids are lost. Null where it is not CLOSED, not yet that late, or a round is open. */
export function expireOrder(book: Book, now: Date): Accepted | null {
  const { status, confirmBy } = book.order;
  if (orderSteps[status].expire !== 'EXPIRED' || confirmBy === null || confirmBy > now) return null;
  if (book.round !== null && isOpen(book.round, now)) return null;
  const order = { ...book.order, status: 'EXPIRED' as const, confirmBy: null };
  const lost = lostBids(book.bids.values());
  const losers = lost.map((bid) => bid.vendorId);
  return {
    changes: { order, bids: lost },
    announcements: [orderUpdatedByClock(order, losers)],
    about: { orderId: order.id },
  };
}
