/** What can happen, as told to everyone it concerns: the kinds of events and what each carries. */

import type { ConfirmationAnswer } from './confirmation.ts';
import type { OrderStatus } from './order.ts';

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What an event of an order carries, by its kind: what was so when it happened. Entities are read at delivery and may be newer. */
export type EventData = {
  orderOpened: Record<never, never>;
  orderUpdated: { status: OrderStatus; closesAt: string | null; reason: string | null };
  bidPlaced: { bidId: string; vendorId: string; revision: number; amount: string; currency: string };
  bidWithdrawn: { bidId: string; vendorId: string; reason: string | null };
  negotiationRequested: { negotiationId: string };
  bidConfirmed: { bidId: string; vendorId: string; revision: number; acceptBy: string };
  confirmationAnswered: { bidId: string; vendorId: string; answer: ConfirmationAnswer; reason: string | null };
};

/** The kinds that can be subscribed to. */
export type EventKind = keyof EventData;

/** What an event of no order carries, by its kind. */
export type ApartData = {
  sessionsRevoked: { userId: string; revokedAt: string };
  /** What a service told a user, by a name and with data of its own. */
  notified: { action: string; data: Json };
};

/** As whom a user is told: one user may be a customer here and a vendor there, and its rights follow its token. */
export type Party = 'CUSTOMER' | 'VENDOR';

/** Something that happened, before it has a number in any topic. */
export type Happening =
  | { [K in EventKind]: { kind: K; orderId: string; data: EventData[K] } }[EventKind]
  | { [K in keyof ApartData]: { kind: K; orderId: null; data: ApartData[K] } }[keyof ApartData];

/** One topic that learns of an event. `told` marks what its user is notified of; who acts is not. */
export type Audience = { topic: string; party: Party | null; told: boolean };

/**
 * An event at its place in one topic. `position` counts 1, 2, 3 … within the topic without gaps; `tag` is random (a
 * signed 64-bit integer in decimal) and tells this history from another in which the number was given out again.
 * `id` is the same in all topics that learn of the event. `at` is RFC 3339 in UTC with milliseconds.
 * Made of JSON values only, since it travels through the pub/sub.
 */
export type Entry = Happening & Audience & { position: number; tag: string; id: string; at: string };
