/** What the clock does to an order: in which order, to whom it is told, and that nothing is done before its time. */

import { describe, expect, it } from 'vitest';
import type { Book } from '../../src/domain/book.ts';
import { caughtUp, dueAt } from '../../src/domain/deadlines.ts';
import { bidOf, bookIn, confirmWithin, earlier, later, now, roundFor } from './books.ts';

const within = (from: Date): Date => new Date(from.getTime() + confirmWithin);
const kinds = (book: Book): string[] =>
  caughtUp(book, confirmWithin, now)
    .happened.flatMap(({ announcements }) => announcements)
    .map(
      ({ happening: { kind, data } }) =>
        `${kind} ${'status' in data ? data.status : 'answer' in data ? data.answer : ''}`,
    );
const told = (book: Book): string[] =>
  caughtUp(book, confirmWithin, now)
    .happened.flatMap(({ announcements }) => announcements)
    .flatMap(({ happening, audience }) =>
      audience.filter((one) => one.told).map(({ topic }) => `${happening.kind} ${topic}`),
    );
const afterwards = (book: Book): Book => caughtUp(book, confirmWithin, now).book;
const withOrder = (book: Book, order: Partial<Book['order']>): Book => ({
  ...book,
  order: { ...book.order, ...order },
});
const round = (respondBy: Date | null) => ({ ...roundFor(['vendor']), respondBy });

describe('closesAt', () => {
  const open = (closesAt: Date): Book => withOrder(bookIn('OPEN'), { closesAt });

  it('closes the order at that very moment, and tells its customer', () => {
    expect(kinds(open(now))).toEqual(['orderUpdated CLOSED']);
    expect(told(open(now))).toEqual(['orderUpdated user:customer']);
    expect(kinds(open(later(0.001)))).toEqual([]);
  });

  it('is what the time to confirm is counted from, however late it is looked at', () => {
    expect(afterwards(open(earlier(5))).order.confirmBy).toEqual(within(earlier(5)));
    expect(kinds(open(earlier(120)))).toEqual(['orderUpdated CLOSED', 'orderUpdated EXPIRED']);
  });
});

describe('acceptBy', () => {
  const confirmed = (acceptBy: Date, closesAt: Date | null): Book => {
    const book = bookIn('CONFIRMED', [bidOf('chosen', 'CONFIRMED'), bidOf('other', 'ACTIVE')]);
    return withOrder({ ...book, pending: book.pending && { ...book.pending, acceptBy } }, { closesAt });
  };

  it.each([
    ['without closesAt', null, 'OPEN'],
    ['before closesAt', later(1), 'OPEN'],
    ['after closesAt', earlier(1), 'CLOSED'],
  ])('%s: as if declined, told to both, the order %s', (_, closesAt, status) => {
    const book = confirmed(now, closesAt);
    expect(kinds(book)).toEqual(['confirmationAnswered LAPSED', `orderUpdated ${status}`]);
    expect(told(book)).toEqual(['confirmationAnswered user:customer', 'confirmationAnswered user:chosen']);
    const { bids, pending } = afterwards(book);
    expect([...bids.values()].map((bid) => bid.status)).toEqual(['DECLINED', 'ACTIVE']);
    expect(pending).toBeNull();
    expect(kinds(confirmed(later(0.001), closesAt))).toEqual([]);
  });

  it('gives the customer the whole time to confirm another, from the later of it and closesAt', () => {
    expect(afterwards(confirmed(earlier(1), earlier(3))).order.confirmBy).toEqual(within(earlier(1)));
    expect(afterwards(confirmed(earlier(3), earlier(1))).order.confirmBy).toEqual(within(earlier(1)));
    expect(afterwards(confirmed(earlier(3), null)).order.confirmBy).toBeNull();
  });
});

describe('respondBy', () => {
  it('ends the round, which nobody is told', () => {
    const book = { ...bookIn('OPEN'), round: round(now) };
    expect(kinds(book)).toEqual([]);
    expect(afterwards(book).round).toBeNull();
    expect(caughtUp(book, confirmWithin, now).happened[0]?.changes.rounds).toMatchObject([{ endedAt: now }]);
    expect(afterwards({ ...book, round: round(later(0.001)) }).round).not.toBeNull();
  });
});

describe('the time to confirm', () => {
  const bids = [bidOf('a', 'ACTIVE'), bidOf('b', 'WITHDRAWN'), bidOf('c', 'DECLINED'), bidOf('d', 'ACTIVE')];
  const closed = (confirmBy: Date): Book => withOrder(bookIn('CLOSED', bids), { confirmBy });

  it('expires the order when it is over: active bids are lost, and their vendors and the customer told', () => {
    expect(kinds(closed(now))).toEqual(['orderUpdated EXPIRED']);
    expect(told(closed(now))).toEqual(['user:customer', 'user:a', 'user:d'].map((topic) => `orderUpdated ${topic}`));
    const { order, bids: left } = afterwards(closed(now));
    expect([...left.values()].map((bid) => bid.status)).toEqual(['LOST', 'WITHDRAWN', 'DECLINED', 'LOST']);
    expect(order.confirmBy).toBeNull();
    expect(kinds(closed(later(0.001)))).toEqual([]);
  });

  it('waits for a round that is open', () => {
    expect(kinds({ ...closed(earlier(1)), round: round(later(1)) })).toEqual([]);
    expect(dueAt({ ...closed(earlier(1)), round: round(later(1)) })).toEqual(later(1));
    expect(kinds({ ...closed(earlier(1)), round: round(null) })).toEqual([]);
    expect(dueAt({ ...closed(earlier(1)), round: round(null) })).toBeNull();
    expect(kinds({ ...closed(earlier(1)), round: round(now) })).toEqual(['orderUpdated EXPIRED']);
  });
});
