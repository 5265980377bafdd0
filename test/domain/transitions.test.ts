/** Walks every cell of the two transition tables with the rules themselves, against grids written down from the contract. */

import { describe, expect, it } from 'vitest';
import { type BidAct, type BidStatus, bidActs, bidStatuses, bidSteps } from '../../src/domain/bid.ts';
import { placeBid, withdrawBid } from '../../src/domain/bidding.ts';
import { applied, type Book, type Decision } from '../../src/domain/book.ts';
import {
  acceptConfirmation,
  confirmBid,
  declineConfirmation,
  lapseConfirmation,
  lostBids,
} from '../../src/domain/confirming.ts';
import { requestNegotiation } from '../../src/domain/negotiating.ts';
import { type OrderAct, type OrderStatus, orderActs, orderStatuses, orderSteps } from '../../src/domain/order.ts';
import { cancelOrder, closeOrder, expireOrder } from '../../src/domain/ordering.ts';
import { bidOf, bookIn, confirmWithin, earlier, now, roundFor } from './books.ts';

/** What a cell comes to: the status afterwards, or the refusal's code. */
const outcome = (book: Book, decision: Decision | null): string => {
  if (decision === null) return book.order.status;
  return 'refused' in decision ? decision.refused.code : applied(book, decision.changes).order.status;
};

const bidder = 'vendor';
const place = (book: Book, vendorId: string, amount: string): Decision =>
  placeBid(book, { vendorId, amount, note: null, negotiationId: null, fresh: { id: 'new', alias: 'Bidder NEW' } }, now);

/** In CONFIRMED the bid at hand is the confirmed one for its own answer, an active one for everything else. */
function orderFor(status: OrderStatus, act: OrderAct): { book: Book; bid: ReturnType<typeof bidOf> } {
  const answered = act === 'accept' || act === 'decline' || act === 'lapse';
  const bid = bidOf(bidder, status === 'CONFIRMED' && answered ? 'CONFIRMED' : 'ACTIVE');
  const others = status === 'CONFIRMED' && !answered ? [bidOf('chosen', 'CONFIRMED')] : [];
  return { book: bookIn(status, [bid, ...others]), bid };
}

/** The order with every deadline passed that it may have. */
const overdue = (book: Book): Book => ({
  ...book,
  order: { ...book.order, closesAt: earlier(30), confirmBy: book.order.confirmBy && earlier(1) },
  pending: book.pending && { ...book.pending, acceptBy: earlier(1) },
});

type Act = (book: Book, bid: ReturnType<typeof bidOf>) => Decision | null;
const doOrderAct: Record<OrderAct, Act> = {
  bid: (book) => place(book, bidder, '90'),
  withdraw: (book, bid) => withdrawBid(book, bid, null, now),
  negotiate: (book) =>
    requestNegotiation(
      book,
      { message: 'lower?', targetAmount: null, respondBy: null, promptedBy: null, fresh: { id: 'round' } },
      now,
    ),
  confirm: (book, bid) => confirmBid(book, bid, { revision: bid.revision, acceptBy: null }, now),
  accept: (book, bid) => acceptConfirmation(book, bid, now),
  decline: (book, bid) => declineConfirmation(book, bid, { reason: null, confirmWithin }, now),
  cancel: (book) => cancelOrder(book, null, now),
  close: (book) => closeOrder(overdue(book), confirmWithin, now),
  lapse: (book) => lapseConfirmation(overdue(book), confirmWithin, now),
  expire: (book) => expireOrder(overdue(book), now),
};

const ended = (status: OrderStatus) => ({
  bid: 'ORDER_NOT_OPEN',
  withdraw: 'BID_NOT_ACTIVE',
  negotiate: 'ORDER_ENDED',
  confirm: 'ORDER_ENDED',
  accept: 'NO_CONFIRMATION_PENDING',
  decline: 'NO_CONFIRMATION_PENDING',
  cancel: 'ORDER_ENDED',
  close: status,
  lapse: status,
  expire: status,
});

const orderGrid: Record<OrderStatus, Record<OrderAct, string>> = {
  OPEN: {
    bid: 'OPEN',
    withdraw: 'OPEN',
    negotiate: 'OPEN',
    confirm: 'CONFIRMED',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    cancel: 'CANCELLED',
    close: 'CLOSED',
    lapse: 'OPEN',
    expire: 'OPEN',
  },
  CLOSED: {
    bid: 'ORDER_NOT_OPEN',
    withdraw: 'CLOSED',
    negotiate: 'CLOSED',
    confirm: 'CONFIRMED',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    cancel: 'CANCELLED',
    close: 'CLOSED',
    lapse: 'CLOSED',
    expire: 'EXPIRED',
  },
  CONFIRMED: {
    bid: 'ORDER_NOT_OPEN',
    withdraw: 'BID_NOT_ACTIVE',
    negotiate: 'CONFIRMATION_PENDING',
    confirm: 'CONFIRMATION_PENDING',
    accept: 'ACCEPTED',
    decline: 'OPEN',
    cancel: 'CANCELLED',
    close: 'CONFIRMED',
    // Its deadline has passed meanwhile.
    lapse: 'CLOSED',
    expire: 'CONFIRMED',
  },
  ACCEPTED: ended('ACCEPTED'),
  CANCELLED: ended('CANCELLED'),
  EXPIRED: ended('EXPIRED'),
};

describe('an order', () => {
  for (const status of orderStatuses) {
    for (const act of orderActs) {
      it(`that is ${status} answers ${orderGrid[status][act]} to ${act}`, () => {
        const { book, bid } = orderFor(status, act);
        expect(outcome(book, doOrderAct[act](book, bid))).toBe(orderGrid[status][act]);
      });
    }
  }

  it('that is CLOSED takes bids of those whom an open round was sent to', () => {
    const book = { ...bookIn('CLOSED'), round: roundFor([bidder]) };
    expect(orderSteps.CLOSED.bid).toBe('IF_ASKED');
    expect(outcome(book, place(book, bidder, '90'))).toBe('CLOSED');
    expect(outcome(book, place(book, 'somebody else', '90'))).toBe('ORDER_NOT_OPEN');
  });
});

const noAnswer = { accept: 'NO_CONFIRMATION_PENDING', decline: 'NO_CONFIRMATION_PENDING' };
const out = { withdraw: 'BID_NOT_ACTIVE', confirm: 'BID_NOT_ACTIVE', ...noAnswer };

/** `place` is an amount that is not lower. */
const bidGrid: Record<BidStatus, Record<BidAct, string>> = {
  ACTIVE: {
    place: 'BID_NOT_LOWER',
    withdraw: 'WITHDRAWN',
    confirm: 'CONFIRMED',
    ...noAnswer,
    lapse: 'ACTIVE',
    lose: 'LOST',
  },
  WITHDRAWN: { place: 'ACTIVE', ...out, lapse: 'WITHDRAWN', lose: 'WITHDRAWN' },
  CONFIRMED: {
    place: 'ORDER_NOT_OPEN',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'CONFIRMATION_PENDING',
    accept: 'ACCEPTED',
    decline: 'DECLINED',
    lapse: 'DECLINED',
    lose: 'LOST',
  },
  ACCEPTED: { place: 'ORDER_NOT_OPEN', ...out, confirm: 'ORDER_ENDED', lapse: 'ACCEPTED', lose: 'ACCEPTED' },
  DECLINED: { place: 'ACTIVE', ...out, lapse: 'DECLINED', lose: 'DECLINED' },
  LOST: { place: 'ORDER_NOT_OPEN', ...out, confirm: 'ORDER_ENDED', lapse: 'LOST', lose: 'LOST' },
};

/** The order's status while a bid has one. */
const orderOf: Record<BidStatus, OrderStatus> = {
  ACTIVE: 'OPEN',
  WITHDRAWN: 'OPEN',
  CONFIRMED: 'CONFIRMED',
  ACCEPTED: 'ACCEPTED',
  DECLINED: 'OPEN',
  LOST: 'CANCELLED',
};

describe('a bid', () => {
  for (const status of bidStatuses) {
    for (const act of bidActs) {
      it(`that is ${status} answers ${bidGrid[status][act]} to ${act}`, () => {
        const bid = bidOf(bidder, status);
        const book = bookIn(orderOf[status], [bid]);
        expect(bidOutcome(act, book, bid)).toBe(bidGrid[status][act]);
      });
    }
  }

  it('that is ACTIVE takes a lower amount as its next revision', () => {
    const book = bookIn('OPEN');
    const decision = place(book, bidder, '99.99');
    expect(bidSteps.ACTIVE.place).toBe('LOWER');
    expect('changes' in decision && decision.changes.bids?.[0]).toMatchObject({
      revision: 2,
      amount: '99.99',
      status: 'ACTIVE',
    });
  });
});

function bidOutcome(act: BidAct, book: Book, bid: ReturnType<typeof bidOf>): string {
  if (act === 'lose') return lostBids([bid])[0]?.status ?? bid.status;
  const orderAct = {
    place: 'bid',
    withdraw: 'withdraw',
    confirm: 'confirm',
    accept: 'accept',
    decline: 'decline',
    lapse: 'lapse',
  } as const;
  const decision = act === 'place' ? place(book, bidder, '100') : doOrderAct[orderAct[act]](book, bid);
  if (decision !== null && 'refused' in decision) return decision.refused.code;
  const after = decision === null ? book : applied(book, decision.changes);
  return after.bids.get(bidder)?.status ?? 'none';
}
