/** Random sequences of everything anybody and the clock can do, at random times: what must be so after each step. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bid } from '../../src/domain/bid.ts';
import { placeBid, withdrawBid } from '../../src/domain/bidding.ts';
import { type Accepted, applied, type Book, type Decision } from '../../src/domain/book.ts';
import { acceptConfirmation, confirmBid, declineConfirmation } from '../../src/domain/confirming.ts';
import { caughtUp, dueAt } from '../../src/domain/deadlines.ts';
import { compareAmounts } from '../../src/domain/money.ts';
import { requestNegotiation } from '../../src/domain/negotiating.ts';
import { isOpen } from '../../src/domain/negotiation.ts';
import { hasEnded, statusAt } from '../../src/domain/order.ts';
import { cancelOrder } from '../../src/domain/ordering.ts';
import { bookIn, confirmWithin, later } from './books.ts';

const vendors = ['a', 'b', 'c'];
const vendor = fc.constantFrom(...vendors);
const minutes = fc.integer({ min: 1, max: 40 });

type Step = { does: string; vendorId: string; amount: number; wait: number; revision: number };
const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom(
    'place',
    'place',
    'place',
    'withdraw',
    'negotiate',
    'confirm',
    'confirm',
    'accept',
    'decline',
    'cancel',
  ),
  vendorId: vendor,
  amount: fc.integer({ min: 1, max: 60 }),
  wait: minutes,
  revision: fc.integer({ min: 0, max: 5 }),
});

function take(book: Book, { does, vendorId, amount, revision }: Step, now: Date, nth: number): Decision | null {
  const bid = book.bids.get(vendorId);
  const fresh = { id: `new ${nth}`, alias: `Bidder ${nth}` };
  switch (does) {
    case 'place':
      return placeBid(book, { vendorId, amount: String(amount), note: null, negotiationId: null, fresh }, now);
    case 'negotiate': {
      const respondBy = new Date(now.getTime() + 30 * 60_000);
      return requestNegotiation(
        book,
        { message: 'lower?', targetAmount: '5', respondBy, promptedBy: null, fresh },
        now,
      );
    }
    case 'cancel':
      return cancelOrder(book, null, now);
  }
  if (bid === undefined) return null;
  const acceptBy = new Date(now.getTime() + 60 * 60_000);
  // Mostly what the customer saw is current.
  if (does === 'confirm') return confirmBid(book, bid, { revision: revision === 0 ? 99 : bid.revision, acceptBy }, now);
  if (does === 'withdraw') return withdrawBid(book, bid, null, now);
  return does === 'accept'
    ? acceptConfirmation(book, bid, now)
    : declineConfirmation(book, bid, { reason: null, confirmWithin }, now);
}

const withStatus = (book: Book, status: Bid['status']): Bid[] =>
  [...book.bids.values()].filter((bid) => bid.status === status);

function expectSound(book: Book, now: Date): void {
  const { order, pending } = book;
  expect(withStatus(book, 'CONFIRMED').length).toBe(order.status === 'CONFIRMED' ? 1 : 0);
  expect(withStatus(book, 'ACCEPTED').length).toBe(order.status === 'ACCEPTED' ? 1 : 0);
  expect(pending !== null).toBe(order.status === 'CONFIRMED');
  if (pending !== null)
    expect(withStatus(book, 'CONFIRMED')[0]).toMatchObject({ id: pending.bidId, revision: pending.revision });
  if (hasEnded(order.status)) expect([...withStatus(book, 'ACTIVE'), ...withStatus(book, 'CONFIRMED')]).toEqual([]);
  else expect(withStatus(book, 'LOST')).toEqual([]);
  if (order.status !== 'OPEN' && order.status !== 'CLOSED')
    expect(book.round === null || !isOpen(book.round, now)).toBe(true);
  expect(order.confirmBy !== null).toBe(order.status === 'CLOSED');
  expect(order.status).toBe(statusAt(order, now));
  const placements = [...book.bids.values()].map((bid) => bid.placement);
  expect(new Set(placements).size).toBe(placements.length);
}

function expectAllowed(before: Book, after: Book, decision: Decision, now: Date): void {
  if ('refused' in decision) return;
  expect(hasEnded(before.order.status)).toBe(false);
  const closed = statusAt(before.order, now) === 'CLOSED';
  for (const bid of decision.changes.bids ?? []) {
    const former = before.bids.get(bid.vendorId);
    if (former === undefined || bid.revision !== former.revision) {
      expect(bid.revision).toBe((former?.revision ?? 0) + 1);
      if (former?.status === 'ACTIVE') expect(compareAmounts(bid.amount, former.amount)).toBe(-1);
      if (closed) expect(before.round?.asked.has(bid.vendorId)).toBe(true);
    }
  }
  expectAnnounced(before, after, decision);
}

function expectAnnounced(before: Book, after: Book, decision: Accepted): void {
  // One commit, several events: the particular one first, then orderUpdated, exactly when the status changed.
  const kinds = decision.announcements.map(({ happening }) => happening.kind);
  expect(kinds.indexOf('orderUpdated')).toBe(before.order.status === after.order.status ? -1 : kinds.length - 1);
  // Everyone at most once, and whoever follows the order itself always.
  for (const { audience, happening } of decision.announcements) {
    const topics = audience.map(({ topic }) => topic);
    expect(new Set(topics).size).toBe(topics.length);
    expect(topics).toContain('order:order');
    if (happening.kind.startsWith('bid')) expect(topics).not.toContain('order:order:vendors');
  }
}

/** As it is before anybody does something: what the clock did is told as one by one it happened. */
function onTime(book: Book, now: Date): Book {
  const due = dueAt(book);
  const { book: current, happened } = caughtUp(book, confirmWithin, now);
  expect(happened.length > 0).toBe(due !== null && due <= now);
  expect(dueAt(current)?.getTime() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now.getTime());
  const last = happened.reduce((before, decision) => {
    const after = applied(before, decision.changes);
    expectAnnounced(before, after, decision);
    return after;
  }, book);
  expect(last).toEqual(current);
  expectSound(current, now);
  return current;
}

it('keeps every invariant through random sequences', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.option(fc.integer({ min: 10, max: 600 })), (steps, closesIn) => {
      const blank = bookIn('OPEN', []);
      let book: Book = { ...blank, order: { ...blank.order, closesAt: closesIn === null ? null : later(closesIn) } };
      let minute = 0;
      for (const [nth, next] of steps.entries()) {
        minute += next.wait;
        book = onTime(book, later(minute));
        const decision = take(book, next, later(minute), nth);
        if (decision === null) continue;
        const after = 'refused' in decision ? book : applied(book, decision.changes);
        expectAllowed(book, after, decision, later(minute));
        expectSound(after, later(minute));
        book = after;
      }
    }),
    { numRuns: 500 },
  );
});
