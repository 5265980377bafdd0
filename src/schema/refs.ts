/** The types that lead to each other, by what stands behind them; each is made in the file of its noun. */

import type { BidRow } from '../db/bids.ts';
import type { ConfirmationRow } from '../db/confirmations.ts';
import type { DeliveryRow } from '../db/failed-deliveries.ts';
import type { NegotiationRow } from '../db/negotiations.ts';
import type { OrderRow } from '../db/orders.ts';
import type { UserRow } from '../db/users.ts';
import type { Entry } from '../domain/events.ts';
import type { Standing as Shown } from '../domain/standing.ts';
import { builder } from './builder.ts';

export const User = builder.objectRef<UserRow>('User');
export const Order = builder.objectRef<OrderRow>('Order');
export const Bid = builder.objectRef<BidRow>('Bid');
export const Negotiation = builder.objectRef<NegotiationRow>('Negotiation');
export const Confirmation = builder.objectRef<ConfirmationRow>('Confirmation');
export const Notification = builder.objectRef<Entry>('Notification');
export const Standing = builder.objectRef<Shown & { currency: string }>('Standing');
export const Delivery = builder.objectRef<DeliveryRow>('Delivery');
