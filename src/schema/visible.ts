/** Finds by id what the viewer may see. What it may not is as absent: null. */

import { mayBeTold, maySeeBid, maySeeDeliveries, relationTo } from '../auth/policy.ts';
import type { BidRow } from '../db/bids.ts';
import type { DeliveryRow } from '../db/failed-deliveries.ts';
import type { NegotiationRow } from '../db/negotiations.ts';
import type { OrderRow } from '../db/orders.ts';
import type { UserRow } from '../db/users.ts';
import type { Entry } from '../domain/events.ts';
import { type Context, viewerOf } from './context.ts';

export async function visibleOrder(id: string, context: Context): Promise<OrderRow | null> {
  const order = await context.load.order(id);
  return order && relationTo(order, viewerOf(context)) ? order : null;
}

export async function visibleBid(id: string, context: Context): Promise<BidRow | null> {
  const bid = await context.load.bid(id);
  return bid && maySeeBid(bid, bid, viewerOf(context)) ? bid : null;
}

/** A vendor may read those rounds that it was asked in, or that were open when it first bid. */
export async function visibleNegotiation(id: string, context: Context): Promise<NegotiationRow | null> {
  const viewer = viewerOf(context);
  const negotiation = await context.load.negotiation(id);
  const relation = negotiation && relationTo(negotiation, viewer);
  if (relation !== 'RIVAL') return relation && negotiation;
  return (await context.load.mayRead(viewer.id, id)) ? negotiation : null;
}

/** What the viewer was told as the one that it acts as by this token. */
export async function visibleNotification(id: string, context: Context): Promise<Entry | null> {
  const viewer = viewerOf(context);
  const entry = await context.load.notification(viewer.id, id);
  return entry && mayBeTold(entry, viewer) ? entry : null;
}

/** Vendors know customers by their orders, customers know vendors by their bids on orders of their own. */
export async function visibleUser(id: string, context: Context): Promise<UserRow | null> {
  return (await mayKnow(id, context)) ? context.load.user(id) : null;
}

function mayKnow(userId: string, context: Context): boolean | Promise<boolean> {
  const { id, role } = viewerOf(context);
  if (id === userId) return true;
  switch (role) {
    case 'SERVICE':
      return true;
    case 'CUSTOMER':
      return context.load.hasBidFor(id, userId);
    case 'VENDOR':
      return context.load.hasPosted(userId);
  }
}

export const visibleDelivery = async (id: string, context: Context): Promise<DeliveryRow | null> =>
  maySeeDeliveries(viewerOf(context)) ? context.load.delivery(id) : null;
