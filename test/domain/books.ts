/** Orders and bids in a state of one's choice, for the rules to decide on. */

import type { Bid, BidStatus } from '../../src/domain/bid.ts';
import type { Book } from '../../src/domain/book.ts';
import type { Confirmation } from '../../src/domain/confirmation.ts';
import type { OrderStatus } from '../../src/domain/order.ts';

export const now = new Date('2026-01-01T12:00:00.000Z');
export const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
export const earlier = (minutes: number): Date => later(-minutes);

/** Of a closed order, in milliseconds. */
export const confirmWithin = 120 * 60_000;

export const bidOf = (vendorId: string, status: BidStatus, amount = '100.00'): Bid => ({
  id: `bid of ${vendorId}`,
  vendorId,
  alias: `Bidder ${vendorId}`,
  amount,
  note: null,
  revision: 1,
  status,
  placedAt: earlier(10),
  placement: 1,
});

export const confirmationOf = (bid: Bid): Confirmation => ({
  bidId: bid.id,
  revision: bid.revision,
  acceptBy: later(60),
  answer: null,
  reason: null,
  createdAt: earlier(1),
  endedAt: null,
});

/** An order as it is in a status, with the bids that it then has. */
export function bookIn(status: OrderStatus, bids: Bid[] = [bidOf('vendor', 'ACTIVE')]): Book {
  const confirmed = bids.find((bid) => bid.status === 'CONFIRMED');
  return {
    order: {
      id: 'order',
      customerId: 'customer',
      currency: 'INR',
      visibility: 'RANK',
      status,
      closesAt: status === 'CLOSED' ? earlier(1) : null,
      confirmBy: status === 'CLOSED' ? later(confirmWithin / 60_000 - 1) : null,
      version: 1,
      placements: bids.length,
      rounds: 0,
    },
    bids: new Map(bids.map((bid) => [bid.vendorId, bid])),
    round: null,
    pending: status === 'CONFIRMED' && confirmed ? confirmationOf(confirmed) : null,
  };
}

export const roundFor = (vendorIds: string[]): NonNullable<Book['round']> => ({
  id: 'round',
  round: 1,
  message: 'Can you go lower?',
  targetAmount: null,
  respondBy: null,
  promptedBy: null,
  createdAt: earlier(1),
  endedAt: null,
  asked: new Set(vendorIds),
  readers: new Set(vendorIds),
});
