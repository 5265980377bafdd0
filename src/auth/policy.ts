/** Who may do and see what: one table for commands, fields and subscriptions alike. */

import type { EventKind, Party } from '../domain/events.ts';
import type { BidVisibility } from '../domain/standing.ts';
import type { Asking, Role } from './viewer.ts';

/** Which roles may use a root field; `anyone` needs no token. */
export const mayUse = {
  viewer: 'anyone',
  serverTime: 'anyone',
  node: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  nodes: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  order: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  orders: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  notifications: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  unreadNotifications: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  preferences: ['CUSTOMER', 'VENDOR'],
  failedDeliveries: ['SERVICE'],
  createOrder: ['CUSTOMER'],
  cancelOrder: ['CUSTOMER'],
  placeBid: ['VENDOR'],
  withdrawBid: ['VENDOR'],
  requestNegotiation: ['CUSTOMER'],
  confirmBid: ['CUSTOMER'],
  acceptConfirmation: ['VENDOR'],
  declineConfirmation: ['VENDOR'],
  revokeSessions: ['SERVICE'],
  notify: ['SERVICE'],
  notifyAll: ['SERVICE'],
  markNotificationsRead: ['CUSTOMER', 'VENDOR'],
  setPreferences: ['CUSTOMER', 'VENDOR'],
  setContact: ['SERVICE'],
  retryDelivery: ['SERVICE'],
  bidPlaced: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  bidWithdrawn: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  negotiationRequested: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  bidConfirmed: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  confirmationAnswered: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  orderOpened: ['VENDOR', 'SERVICE'],
  orderUpdated: ['CUSTOMER', 'VENDOR', 'SERVICE'],
  notificationReceived: ['CUSTOMER', 'VENDOR'],
} as const satisfies Record<string, 'anyone' | readonly Role[]>;

export type RootField = keyof typeof mayUse;

/**
 * What a viewer is to an order. OWNER: its customer. RIVAL: any vendor, also one without a bid; what it may know of the
 * order's bids but its own follows the visibility. Nobody else may know that the order exists.
 */
export type Relation = 'OWNER' | 'RIVAL' | 'SERVICE';

/** Asks who the viewer is only where that is not known already. */
const isSelf = (userId: string, viewer: Asking): boolean => !viewer.isNot?.has(userId) && viewer.id === userId;

/** What the viewer is to an order, or null if it may not know of it. */
export function relationTo(order: { customerId: string }, viewer: Asking): Relation | null {
  switch (viewer.role) {
    case 'SERVICE':
      return 'SERVICE';
    case 'VENDOR':
      return 'RIVAL';
    case 'CUSTOMER':
      return isSelf(order.customerId, viewer) ? 'OWNER' : null;
  }
}

/** Whether a viewer may know of a bid at all: under OPEN every vendor does, by its alias. */
export function maySeeBid(
  order: { customerId: string; visibility: BidVisibility },
  bid: { vendorId: string },
  viewer: Asking,
): boolean {
  const relation = relationTo(order, viewer);
  return relation === 'RIVAL' ? isSelf(bid.vendorId, viewer) || order.visibility === 'OPEN' : relation !== null;
}

/** Whether a viewer may know who placed a bid, its note and its confirmation. */
export function mayKnowBidder(order: { customerId: string }, bid: { vendorId: string }, viewer: Asking): boolean {
  const relation = relationTo(order, viewer);
  return relation === 'RIVAL' ? isSelf(bid.vendorId, viewer) : relation !== null;
}

/** The topic that a subscription reads: the order's own, what all vendors may know of it, the viewer's own, the market. */
export type Source = 'order' | 'vendors' | 'user' | 'market';
type Sources = { ofOrder: Source | null; general: Source | null };

const ofCustomer: Sources = { ofOrder: 'order', general: 'user' };
const ofService: Sources = { ofOrder: 'order', general: null };
/** Told to this vendor alone. */
const ofVendor: Sources = { ofOrder: 'user', general: 'user' };

/** What each subscription reads for each role, with an orderId and without one; null is not for this role. */
export const hears: Record<EventKind, Record<Role, Sources>> = {
  bidPlaced: { CUSTOMER: ofCustomer, VENDOR: { ofOrder: 'vendors', general: null }, SERVICE: ofService },
  bidWithdrawn: { CUSTOMER: ofCustomer, VENDOR: { ofOrder: 'vendors', general: null }, SERVICE: ofService },
  negotiationRequested: { CUSTOMER: ofCustomer, VENDOR: ofVendor, SERVICE: ofService },
  bidConfirmed: { CUSTOMER: ofCustomer, VENDOR: ofVendor, SERVICE: ofService },
  confirmationAnswered: { CUSTOMER: ofCustomer, VENDOR: ofVendor, SERVICE: ofService },
  orderOpened: {
    CUSTOMER: { ofOrder: null, general: null },
    VENDOR: { ofOrder: null, general: 'market' },
    SERVICE: { ofOrder: null, general: 'market' },
  },
  orderUpdated: {
    CUSTOMER: ofCustomer,
    VENDOR: { ofOrder: 'vendors', general: 'market' },
    SERVICE: ofService,
  },
};

/** Whether the bids of others are in the stream that all vendors may read. */
export const bidsAreOpen = (order: { visibility: BidVisibility }): boolean => order.visibility === 'OPEN';

/** Whether something that a user was told is for it by the token at hand; null: whatever it acts as. */
export const mayBeTold = ({ party }: { party: Party | null }, viewer: Asking): boolean =>
  party === null || party === viewer.role;

/** Whether a viewer may know how many of an order's bidders are here, though not who. */
export const mayCountBiddersOnline = (order: { customerId: string }, viewer: Asking): boolean =>
  relationTo(order, viewer) === 'OWNER' || relationTo(order, viewer) === 'SERVICE';

/** Whether a viewer may know a user's id in the host application, and its address. */
export const mayKnowUsersId = (user: { id: string }, viewer: Asking): boolean =>
  viewer.role === 'SERVICE' || isSelf(user.id, viewer);

/** Whether a viewer may know of what was sent to users, and whether it came through. */
export const maySeeDeliveries = (viewer: Pick<Asking, 'role'>): boolean => viewer.role === 'SERVICE';

/** Whether a viewer may know an order's id in the host application. */
export const mayKnowOrdersId = (order: { customerId: string }, viewer: Asking): boolean =>
  relationTo(order, viewer) !== 'RIVAL' && relationTo(order, viewer) !== null;
