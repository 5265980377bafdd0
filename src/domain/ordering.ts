/** The rules of posting and cancelling an order. */

import { orderOpened, orderUpdated } from './audience.ts';
import type { Book, Decision, NewOrder } from './book.ts';
import { lostBids } from './confirming.ts';
import { currencyDigits } from './currencies.ts';
import { endedRound } from './negotiating.ts';
import { orderSteps, statusAt } from './order.ts';
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
  const order = { ...book.order, status: 'CANCELLED' as const };
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
