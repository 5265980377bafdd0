/** Finds what a command is about in the books that were read, or says that there is none the viewer may know of. */

import { maySeeBid, relationTo } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Bid } from '../domain/bid.ts';
import type { AboutUser, Book, Decision, Refused } from '../domain/book.ts';
import type { Found } from './command.ts';

const notFound = (what: string): Refused => ({ refused: { code: 'NOT_FOUND', message: `There is no such ${what}.` } });
const forbidden = (message: string): Decision => ({ refused: { code: 'FORBIDDEN', message } });

/** For its customer: decides on an order of the viewer's own. */
export function onOwnOrder(found: Found, orderId: string, viewer: Viewer, decide: (book: Book) => Decision): Decision {
  const book = found.order(orderId);
  if (book === undefined || relationTo(book.order, viewer) !== 'OWNER') return notFound('order');
  return decide(book);
}

/** For vendors: decides on an order to bid on, which is never one's own. */
export function onMarketOrder(
  found: Found,
  orderId: string,
  viewer: Viewer,
  decide: (book: Book) => Decision,
): Decision {
  const book = found.order(orderId);
  if (book === undefined || relationTo(book.order, viewer) === null) return notFound('order');
  if (book.order.customerId === viewer.id) return forbidden('Nobody bids on an order of its own.');
  return decide(book);
}

/** For its customer: decides on a bid that was placed on an order of the viewer's own. */
export function onReceivedBid(
  found: Found,
  bidId: string,
  viewer: Viewer,
  decide: (book: Book, bid: Bid) => Decision,
): Decision {
  const { book, bid } = bidIn(found, bidId);
  if (book === undefined || bid === undefined || relationTo(book.order, viewer) !== 'OWNER') return notFound('bid');
  return decide(book, bid);
}

/** For its vendor: decides on a bid of the viewer's own. */
export function onOwnBid(
  found: Found,
  bidId: string,
  viewer: Viewer,
  decide: (book: Book, bid: Bid) => Decision,
): Decision {
  const { book, bid } = bidIn(found, bidId);
  if (book === undefined || bid === undefined || !maySeeBid(book.order, bid, viewer)) return notFound('bid');
  if (bid.vendorId !== viewer.id) return forbidden('This is the bid of another vendor.');
  return decide(book, bid);
}

/** For services: decides on a user that exists. */
export const onUser = (found: Found, userId: string, decide: () => Decision<AboutUser>): Decision<AboutUser> =>
  found.user(userId) ? decide() : notFound('user');

function bidIn(found: Found, bidId: string): { book?: Book; bid?: Bid } {
  const book = found.ofBid(bidId);
  const bid = book?.bids.values().find((candidate) => candidate.id === bidId);
  return { ...(book && { book }), ...(bid && { bid }) };
}
