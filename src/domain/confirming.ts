/** The rules of confirmation: the customer chooses a bid; its vendor accepts or declines, or the time passes. */

import { bidConfirmed, confirmationAnswered, orderUpdated } from './audience.ts';
import { type Bid, bidSteps } from './bid.ts';
import type { Accepted, Book, Decision } from './book.ts';
import { type Confirmation, type ConfirmationAnswer, defaultAcceptWithin } from './confirmation.ts';
import { endedRound } from './negotiating.ts';
import { orderSteps, statusAt, withOpenChoice } from './order.ts';
import { invalid, type Refusal } from './refusals.ts';

export type ConfirmBid = {
  /** What the customer saw. */
  revision: number;
  acceptBy: Date | null;
};

export function confirmBid(book: Book, bid: Bid, request: ConfirmBid, now: Date): Decision {
  const refused = takesConfirmation(book, bid, request, now);
  if (refused) return { refused };

  const order = { ...book.order, status: 'CONFIRMED' as const, confirmBy: null };
  const acceptBy = request.acceptBy ?? new Date(now.getTime() + defaultAcceptWithin);
  const confirmation: Confirmation = {
    bidId: bid.id,
    revision: bid.revision,
    acceptBy,
    answer: null,
    reason: null,
    createdAt: now,
    endedAt: null,
  };
  const { id: bidId, vendorId, revision } = bid;
  return {
    changes: {
      order,
      bids: [{ ...bid, status: 'CONFIRMED' }],
      rounds: endedRound(book, now),
      confirmations: [confirmation],
    },
    announcements: [
      bidConfirmed(order, { bidId, vendorId, revision, acceptBy: acceptBy.toISOString() }),
      orderUpdated(order),
    ],
    about: { orderId: order.id, bidId },
  };
}

/** Judged in this order, whatever else is wrong: ended, pending, not active, revised. */
function takesConfirmation(book: Book, bid: Bid, request: ConfirmBid, now: Date): Refusal | null {
  const { order, pending } = book;
  if (request.acceptBy !== null && request.acceptBy <= now) return invalid('acceptBy', 'must be in the future');
  const step = orderSteps[statusAt(order, now)].confirm;
  if (step === 'CONFIRMATION_PENDING' && pending !== null) return { code: step, bidId: pending.bidId };
  if (step !== 'CONFIRMED') return { code: 'ORDER_ENDED', orderId: order.id };
  if (bidSteps[bid.status].confirm !== 'CONFIRMED') return { code: 'BID_NOT_ACTIVE', bidId: bid.id };
  return bid.revision === request.revision ? null : { code: 'BID_REVISED', bidId: bid.id };
}

/** The deal stands; every other bid that was still in the running is lost. */
export function acceptConfirmation(book: Book, bid: Bid, now: Date): Decision {
  const answered = answer(book, bid, 'ACCEPTED', null, now);
  if (answered === null) return { refused: { code: 'NO_CONFIRMATION_PENDING', bidId: bid.id } };
  const order = { ...book.order, status: 'ACCEPTED' as const };
  const others = [...book.bids.values()].filter((other) => other.id !== bid.id);
  const lost = lostBids(others);
  return {
    changes: { order, bids: [{ ...bid, status: 'ACCEPTED' }, ...lost], confirmations: [answered] },
    announcements: [
      confirmationAnswered(order, { bidId: bid.id, vendorId: bid.vendorId, answer: 'ACCEPTED', reason: null }),
      orderUpdated(
        order,
        null,
        lost.map((other) => other.vendorId),
      ),
    ],
    about: { orderId: order.id, bidId: bid.id },
  };
}

export type DeclineConfirmation = {
  reason: string | null;
  /** Milliseconds. */
  confirmWithin: number;
};

/** The choice is open again: the order OPEN if its deadline has not passed, else CLOSED; the other bids stand. */
export function declineConfirmation(
  book: Book,
  bid: Bid,
  { reason, confirmWithin }: DeclineConfirmation,
  now: Date,
): Decision {
  const answered = answer(book, bid, 'DECLINED', reason, now);
  if (answered === null) return { refused: { code: 'NO_CONFIRMATION_PENDING', bidId: bid.id } };
  const order = withOpenChoice(book.order, now, confirmWithin, now);
  return {
    changes: { order, bids: [{ ...bid, status: 'DECLINED' }], confirmations: [answered] },
    announcements: [
      confirmationAnswered(order, { bidId: bid.id, vendorId: bid.vendorId, answer: 'DECLINED', reason }),
      orderUpdated(order),
    ],
    about: { orderId: order.id, bidId: bid.id },
  };
}

/** Its time has passed without an answer: as if declined, by nobody. Null where none waits, or it still may be answered. */
export function lapseConfirmation(
  { order: before, bids, pending }: Book,
  confirmWithin: number,
  now: Date,
): Accepted | null {
  const bid = [...bids.values()].find(({ id }) => id === pending?.bidId);
  if (pending === null || bid === undefined || pending.acceptBy > now) return null;
  if (orderSteps[before.status].lapse !== 'BY_DEADLINE' || bidSteps[bid.status].lapse !== 'DECLINED') return null;
  const order = withOpenChoice(before, pending.acceptBy, confirmWithin, now);
  return {
    changes: {
      order,
      bids: [{ ...bid, status: 'DECLINED' }],
      confirmations: [{ ...pending, answer: 'LAPSED', endedAt: pending.acceptBy }],
    },
    announcements: [
      confirmationAnswered(order, { bidId: bid.id, vendorId: bid.vendorId, answer: 'LAPSED', reason: null }),
      orderUpdated(order),
    ],
    about: { orderId: order.id, bidId: bid.id },
  };
}

/** The bids that end without a deal, as they are then; those that were out already stay as they are. */
export const lostBids = (bids: Iterable<Bid>): Bid[] =>
  [...bids].filter((bid) => bidSteps[bid.status].lose === 'LOST').map((bid) => ({ ...bid, status: 'LOST' }));

/** The confirmation with its vendor's answer; null where none of this bid waits for one, or its time has passed. */
function answer(
  book: Book,
  bid: Bid,
  given: ConfirmationAnswer,
  reason: string | null,
  now: Date,
): Confirmation | null {
  const { order, pending } = book;
  const act = given === 'ACCEPTED' ? 'accept' : 'decline';
  const waits =
    orderSteps[order.status][act] !== 'NO_CONFIRMATION_PENDING' &&
    bidSteps[bid.status][act] !== 'NO_CONFIRMATION_PENDING';
  if (!waits || pending === null || pending.bidId !== bid.id || pending.acceptBy <= now) return null;
  return { ...pending, answer: given, reason, endedAt: now };
}
