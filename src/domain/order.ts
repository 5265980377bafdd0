/**
 * The states of an order.
 *
 *            bid, withdraw, negotiate            withdraw, negotiate, bid of those asked
 *                 ┌────┐                              ┌────┐
 *   create ──▶    OPEN ┴──────── closesAt ──────────▶ CLOSED ──────── nothing confirmed ──▶ EXPIRED
 *                  │ ▲                                │ ▲               in time
 *          confirm │ └──────────┐          ┌──────────┘ │
 *                  │    declined, lapsed:  │ by closesAt│
 *                  └─────────▶ CONFIRMED ◀─┴────────────┘ confirm
 *                                  │
 *                                  └── accept ──▶ ACCEPTED
 *
 *   cancel: from OPEN, CLOSED and CONFIRMED to CANCELLED.
 */

import type { BidVisibility } from './standing.ts';

export const orderStatuses = ['OPEN', 'CLOSED', 'CONFIRMED', 'ACCEPTED', 'CANCELLED', 'EXPIRED'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export type Order = {
  id: string;
  customerId: string;
  currency: string;
  visibility: BidVisibility;
  /** What was decided last; `statusAt` says what it reads as. */
  status: OrderStatus;
  closesAt: Date | null;
  /** Until when a CLOSED order can be confirmed, if no round is open then; null in every other state. */
  confirmBy: Date | null;
  /** Moves with everything that a rule reads of the order. */
  version: number;
  /** Bids and revisions placed so far. */
  placements: number;
  /** Negotiation rounds opened so far. */
  rounds: number;
};

/** What somebody can do to an order; `close`, `lapse` and `expire` are the clock's. */
export const orderActs = [
  'bid',
  'withdraw',
  'negotiate',
  'confirm',
  'accept',
  'decline',
  'cancel',
  'close',
  'lapse',
  'expire',
] as const;
export type OrderAct = (typeof orderActs)[number];

/** What an act answers in a state that does not take it. */
export type OrderNo =
  | 'ORDER_NOT_OPEN'
  | 'ORDER_ENDED'
  | 'CONFIRMATION_PENDING'
  | 'NO_CONFIRMATION_PENDING'
  | 'BID_NOT_ACTIVE';

/**
 * A state to go to, or why not. `BY_DEADLINE`: OPEN or CLOSED. `IF_ASKED`: it stays, for those an open round was sent to.
 * `SAME`: the clock has nothing to do.
 */
export type OrderStep = OrderStatus | 'BY_DEADLINE' | 'IF_ASKED' | 'SAME' | OrderNo;

const ended = {
  bid: 'ORDER_NOT_OPEN',
  withdraw: 'BID_NOT_ACTIVE',
  negotiate: 'ORDER_ENDED',
  confirm: 'ORDER_ENDED',
  accept: 'NO_CONFIRMATION_PENDING',
  decline: 'NO_CONFIRMATION_PENDING',
  cancel: 'ORDER_ENDED',
  close: 'SAME',
  lapse: 'SAME',
  expire: 'SAME',
} as const satisfies Record<OrderAct, OrderStep>;

/** Each state × each act. It does not compile with a cell missing. */
export const orderSteps: Record<OrderStatus, Record<OrderAct, OrderStep>> = {
  OPEN: {
    bid: 'OPEN',
    withdraw: 'OPEN',
    negotiate: 'OPEN',
    confirm: 'CONFIRMED',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    cancel: 'CANCELLED',
    close: 'CLOSED',
    lapse: 'SAME',
    expire: 'SAME',
  },
  CLOSED: {
    bid: 'IF_ASKED',
    withdraw: 'CLOSED',
    negotiate: 'CLOSED',
    confirm: 'CONFIRMED',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    cancel: 'CANCELLED',
    close: 'SAME',
    lapse: 'SAME',
    expire: 'EXPIRED',
  },
  CONFIRMED: {
    bid: 'ORDER_NOT_OPEN',
    // The other bids stay ACTIVE while one waits, but only OPEN and CLOSED orders let a bid go.
    withdraw: 'BID_NOT_ACTIVE',
    negotiate: 'CONFIRMATION_PENDING',
    confirm: 'CONFIRMATION_PENDING',
    accept: 'ACCEPTED',
    decline: 'BY_DEADLINE',
    cancel: 'CANCELLED',
    // Whoever is to answer still may: what follows is judged by closesAt then.
    close: 'SAME',
    lapse: 'BY_DEADLINE',
    expire: 'SAME',
  },
  ACCEPTED: ended,
  CANCELLED: ended,
  EXPIRED: ended,
};

/** Whether nothing can happen to the order any more. */
export const hasEnded = (status: OrderStatus): boolean =>
  status === 'ACCEPTED' || status === 'CANCELLED' || status === 'EXPIRED';

/** OPEN or CLOSED, by the deadline; `closesAt` itself is already past. */
export const statusByDeadline = (closesAt: Date | null, now: Date): 'OPEN' | 'CLOSED' =>
  closesAt !== null && closesAt <= now ? 'CLOSED' : 'OPEN';

/** The status at a moment: OPEN reads as CLOSED from `closesAt` on, even before anybody wrote it down. */
export const statusAt = (order: Pick<Order, 'status' | 'closesAt'>, now: Date): OrderStatus =>
  order.status === 'OPEN' ? statusByDeadline(order.closesAt, now) : order.status;

/**
 * The order with its choice open, `since` then: OPEN, or CLOSED by its deadline, and expiring where nothing is confirmed
 * within `confirmWithin` milliseconds of the later of the two.
 */
export function withOpenChoice(order: Order, since: Date, confirmWithin: number, now: Date): Order {
  const status = statusByDeadline(order.closesAt, now);
  if (status === 'OPEN') return { ...order, status, confirmBy: null };
  const from = Math.max(since.getTime(), order.closesAt?.getTime() ?? 0);
  return { ...order, status, confirmBy: new Date(from + confirmWithin) };
}
