/** The rules of bidding: placing, revising and withdrawing a bid. */

import { bidPlaced, bidWithdrawn } from './audience.ts';
import { type Bid, bidSteps } from './bid.ts';
import type { Book, Decision, Reader } from './book.ts';
import { compareAmounts, formatAmount, nextBelow, problemWithAmount } from './money.ts';
import { isOpen } from './negotiation.ts';
import { orderSteps, statusAt } from './order.ts';
import { invalid, type Refusal } from './refusals.ts';

export type PlaceBid = {
  vendorId: string;
  /** A decimal as it came. */
  amount: string;
  note: string | null;
  /** The round it answers. */
  negotiationId: string | null;
  /** Taken if this is the vendor's first bid on the order. */
  fresh: { id: string; alias: string };
};

export function placeBid(book: Book, request: PlaceBid, now: Date): Decision {
  const { order } = book;
  const former = book.bids.get(request.vendorId);
  const refused =
    takesBids(book, request.vendorId, now) ??
    answersOpenRound(book, request, now) ??
    takesAmount(former, request.amount, order.currency);
  if (refused) return { refused };

  const bid: Bid = {
    id: former?.id ?? request.fresh.id,
    alias: former?.alias ?? request.fresh.alias,
    vendorId: request.vendorId,
    amount: formatAmount(request.amount, order.currency),
    note: request.note,
    revision: (former?.revision ?? 0) + 1,
    status: 'ACTIVE',
    placedAt: now,
    placement: order.placements + 1,
  };
  const { id: bidId, vendorId, revision, amount } = bid;
  return {
    changes: {
      order: { ...order, placements: bid.placement },
      bids: [bid],
      readers: readerOfOpenRound(book, vendorId, now),
    },
    announcements: [bidPlaced(order, { bidId, vendorId, revision, amount, currency: order.currency })],
    about: { orderId: order.id, bidId },
  };
}

export function withdrawBid(book: Book, bid: Bid, reason: string | null, now: Date): Decision {
  const { order } = book;
  const step = bidSteps[bid.status].withdraw;
  const orderStep = orderSteps[statusAt(order, now)].withdraw;
  if (step !== 'WITHDRAWN' || orderStep === 'BID_NOT_ACTIVE')
    return { refused: { code: 'BID_NOT_ACTIVE', bidId: bid.id } };
  return {
    changes: { bids: [{ ...bid, status: 'WITHDRAWN' }] },
    announcements: [bidWithdrawn(order, { bidId: bid.id, vendorId: bid.vendorId, reason })],
    about: { orderId: order.id, bidId: bid.id },
  };
}

/** An order takes bids while OPEN; once CLOSED only from those whom an open round was sent to. */
function takesBids(book: Book, vendorId: string, now: Date): Refusal | null {
  const step = orderSteps[statusAt(book.order, now)].bid;
  const asked = book.round !== null && isOpen(book.round, now) && book.round.asked.has(vendorId);
  const taken = step === 'OPEN' || (step === 'IF_ASKED' && asked);
  return taken ? null : { code: 'ORDER_NOT_OPEN', orderId: book.order.id };
}

function answersOpenRound({ round }: Book, { negotiationId, vendorId }: PlaceBid, now: Date): Refusal | null {
  if (negotiationId === null) return null;
  const answers = round?.id === negotiationId && isOpen(round, now) && round.readers.has(vendorId);
  return answers ? null : invalid('negotiationId', 'must be the round that is open and was sent to you');
}

function takesAmount(former: Bid | undefined, amount: string, currency: string): Refusal | null {
  const problem = problemWithAmount(amount, currency);
  if (problem !== null) return invalid('amount', problem);
  if (former === undefined || bidSteps[former.status].place !== 'LOWER') return null;
  if (compareAmounts(amount, former.amount) < 0) return null;
  return { code: 'BID_NOT_LOWER', highest: nextBelow(former.amount, currency), currency };
}

/** Who first bids during a round can read it, but was not asked. */
function readerOfOpenRound({ round }: Book, vendorId: string, now: Date): Reader[] {
  if (round === null || !isOpen(round, now) || round.readers.has(vendorId)) return [];
  return [{ negotiationId: round.id, vendorId, asked: false }];
}
