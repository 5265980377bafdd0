/** What a rule reads of an order, and what it answers: a decision, to be saved or handed back. */

import type { Bid } from './bid.ts';
import type { Confirmation } from './confirmation.ts';
import type { Audience, Happening } from './events.ts';
import type { Round } from './negotiation.ts';
import type { Order } from './order.ts';
import type { Refusal } from './refusals.ts';
import type { Revocation } from './sessions.ts';
import type { BidVisibility } from './standing.ts';

/** An order as the rules know it: as much of it as the command at hand said it would read. */
export type Book = {
  order: Order;
  /** By vendor, who has one bid at most. */
  bids: ReadonlyMap<string, Bid>;
  /** The latest round, unless it was ended. `asked` it was sent to, `readers` may read it. */
  round: (Round & { asked: ReadonlySet<string>; readers: ReadonlySet<string> }) | null;
  /** The confirmation that waits for its vendor's answer. */
  pending: Confirmation | null;
};

/** A new order as it is written down. */
export type NewOrder = {
  id: string;
  customerId: string;
  externalId: string | null;
  title: string;
  description: string;
  currency: string;
  visibility: BidVisibility;
  closesAt: Date | null;
  createdAt: Date;
};

/** Who may read a round from now on. */
export type Reader = { negotiationId: string; vendorId: string; asked: boolean };

/** A user that was not seen before: a service tells it something, and knows it by its id in the host application. */
export type Newcomer = { id: string; externalId: string };

/**
 * What a decision writes: each row as it is afterwards. All but what is of users is of the order that the decision is
 * about.
 */
export type Changes = {
  created?: NewOrder;
  order?: Order;
  bids?: Bid[];
  rounds?: Round[];
  readers?: Reader[];
  confirmations?: Confirmation[];
  revoked?: Revocation;
  newcomers?: Newcomer[];
};

/** An event and everyone who learns of it. `id` where the answer names it, else any. */
export type Announcement = { id?: string; happening: Happening; audience: Audience[] };

/** What an answer is about: ids, whose fields are read when the answer is made. */
export type About = AboutOrder | AboutUser | AboutNotification | AboutNotifications | AboutDelivery;
export type AboutOrder = { orderId: string; bidId?: string; negotiationId?: string };
export type AboutUser = { userId: string };
export type AboutNotification = { userId: string; notificationId: string };
/** What became of each of several, in their order. */
export type AboutNotifications = { notifications: ({ done: AboutNotification } | Refused)[] };
export type AboutDelivery = { deliveryId: string };

export type Accepted<A extends About = AboutOrder> = { changes: Changes; announcements: Announcement[]; about: A };
export type Refused = { refused: Refusal };
export type Decision<A extends About = AboutOrder> = Accepted<A> | Refused;

/** The order after changes, so that the next command of the same batch is decided on what this one did. */
export function applied(book: Book, changes: Changes): Book {
  const { order = book.order, rounds = [], readers = [], confirmations = [] } = changes;
  const bids = changes.bids?.length ? new Map(book.bids) : book.bids;
  for (const bid of changes.bids ?? []) (bids as Map<string, Bid>).set(bid.vendorId, bid);
  return { order, bids, round: roundAfter(book, rounds, readers), pending: pendingAfter(book, confirmations) };
}

function roundAfter(book: Book, rounds: Round[], readers: Reader[]): Book['round'] {
  const latest = rounds.reduce<Round | null>(
    (last, next) => (next.round >= (last?.round ?? 0) ? next : last),
    book.round,
  );
  if (latest === null || latest.endedAt !== null) return null;
  const known = book.round?.id === latest.id ? book.round : { asked: [], readers: [] };
  const added = readers.filter((reader) => reader.negotiationId === latest.id);
  const askedToo = added.filter((reader) => reader.asked).map((reader) => reader.vendorId);
  return {
    ...latest,
    asked: new Set([...known.asked, ...askedToo]),
    readers: new Set([...known.readers, ...added.map((reader) => reader.vendorId)]),
  };
}

function pendingAfter(book: Book, confirmations: Confirmation[]): Confirmation | null {
  const standing = confirmations.find((confirmation) => confirmation.endedAt === null);
  const ended = confirmations.some(
    ({ bidId, revision }) => bidId === book.pending?.bidId && revision === book.pending.revision,
  );
  return standing ?? (ended ? null : book.pending);
}
