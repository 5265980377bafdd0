/** The rule of negotiation: one request to all active bidders at once, so that they compete. */

import { negotiationRequested } from './audience.ts';
import type { Accepted, Book, Decision } from './book.ts';
import { formatAmount, problemWithAmount } from './money.ts';
import { isOpen, type Round } from './negotiation.ts';
import { orderSteps, statusAt } from './order.ts';
import { invalid, type Refusal } from './refusals.ts';

export type RequestNegotiation = {
  message: string;
  /** A decimal as it came. It binds nobody. */
  targetAmount: string | null;
  respondBy: Date | null;
  promptedBy: string | null;
  fresh: { id: string };
};

export function requestNegotiation(book: Book, request: RequestNegotiation, now: Date): Decision {
  const { order } = book;
  const asked = [...book.bids.values()].filter((bid) => bid.status === 'ACTIVE').map((bid) => bid.vendorId);
  const refused = isWellMade(book, request, now) ?? takesRound(book, asked, now);
  if (refused) return { refused };

  const { id } = request.fresh;
  const round: Round = {
    id,
    round: order.rounds + 1,
    message: request.message,
    targetAmount: request.targetAmount === null ? null : formatAmount(request.targetAmount, order.currency),
    respondBy: request.respondBy,
    promptedBy: request.promptedBy,
    createdAt: now,
    endedAt: null,
  };
  return {
    changes: {
      order: { ...order, rounds: round.round },
      rounds: [...endedRound(book, now), round],
      readers: asked.map((vendorId) => ({ negotiationId: id, vendorId, asked: true })),
    },
    announcements: [negotiationRequested(order, id, asked)],
    about: { orderId: order.id, negotiationId: id },
  };
}

/** The round that is still open, ended: by the next one, a confirmation or the order's end. */
export const endedRound = ({ round }: Book, now: Date): Round[] => (round === null ? [] : [{ ...round, endedAt: now }]);

/**
 * Its `respondBy` has passed: it is written down that the round has ended. Nobody is told: who was asked knows until when.
 * Null where none is open, or it still may be answered.
 */
export function endRound({ order, round }: Book, now: Date): Accepted | null {
  if (round === null || isOpen(round, now)) return null;
  return {
    changes: { rounds: [{ ...round, endedAt: round.respondBy ?? now }] },
    announcements: [],
    about: { orderId: order.id, negotiationId: round.id },
  };
}

function isWellMade(book: Book, request: RequestNegotiation, now: Date): Refusal | null {
  const { message, targetAmount, respondBy, promptedBy } = request;
  if (message.trim() === '' && targetAmount === null)
    return invalid('message', 'must say something where no targetAmount is set');
  const problem = targetAmount === null ? null : problemWithAmount(targetAmount, book.order.currency);
  if (problem !== null) return invalid('targetAmount', problem);
  if (respondBy !== null && respondBy <= now) return invalid('respondBy', 'must be in the future');
  const prompts = promptedBy === null || [...book.bids.values()].some((bid) => bid.id === promptedBy);
  return prompts ? null : invalid('bidId', 'must be a bid on this order');
}

function takesRound({ order, pending }: Book, asked: string[], now: Date): Refusal | null {
  const step = orderSteps[statusAt(order, now)].negotiate;
  if (step === 'CONFIRMATION_PENDING' && pending !== null) return { code: step, bidId: pending.bidId };
  if (step !== 'OPEN' && step !== 'CLOSED') return { code: 'ORDER_ENDED', orderId: order.id };
  return asked.length === 0 ? { code: 'NO_ACTIVE_BIDS', orderId: order.id } : null;
}
