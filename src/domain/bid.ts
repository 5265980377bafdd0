/**
 * The states of a bid. A vendor has one bid on an order; placing again revises it.
 *
 *   place ──▶ ACTIVE ── withdraw ──▶ WITHDRAWN ── place ──▶ ACTIVE
 *              │  │
 *              │  └── confirm ──▶ CONFIRMED ── accept ──▶ ACCEPTED
 *              │                   │  │
 *              │                   │  └── decline, lapse ──▶ DECLINED ── place ──▶ ACTIVE
 *              └── lose ──▶ LOST ◀─┘
 *
 *   lose: another bid was accepted, or the order was cancelled or expired.
 */

export const bidStatuses = ['ACTIVE', 'WITHDRAWN', 'CONFIRMED', 'ACCEPTED', 'DECLINED', 'LOST'] as const;
export type BidStatus = (typeof bidStatuses)[number];

export type Bid = {
  id: string;
  vendorId: string;
  /** The name that other vendors see, for this order only. */
  alias: string;
  /** A decimal with the currency's digits. */
  amount: string;
  note: string | null;
  /** Counts from 1. */
  revision: number;
  status: BidStatus;
  placedAt: Date;
  /** Which of the order's placements this revision was: of equal amounts the smaller stands higher. */
  placement: number;
};

/** Listed last, whatever its amount. The table of bids has the same as a column. */
export const isRetired = ({ status }: Pick<Bid, 'status'>): boolean => status === 'WITHDRAWN' || status === 'DECLINED';

export const bidActs = ['place', 'withdraw', 'confirm', 'accept', 'decline', 'lapse', 'lose'] as const;
export type BidAct = (typeof bidActs)[number];

/** `LOWER`: ACTIVE again, if the amount is lower than the last. `SAME`: untouched. The others are states, or why not. */
export type BidStep = BidStatus | 'LOWER' | 'SAME' | 'ORDER_NOT_OPEN' | 'BID_NOT_ACTIVE' | 'NO_CONFIRMATION_PENDING';

/** Each state × each act. ORDER_NOT_OPEN stands where only an order that takes no bids can have such a bid. */
export const bidSteps: Record<BidStatus, Record<BidAct, BidStep>> = {
  ACTIVE: {
    place: 'LOWER',
    withdraw: 'WITHDRAWN',
    confirm: 'CONFIRMED',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    lapse: 'SAME',
    lose: 'LOST',
  },
  WITHDRAWN: {
    place: 'ACTIVE',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'BID_NOT_ACTIVE',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    lapse: 'SAME',
    lose: 'SAME',
  },
  CONFIRMED: {
    place: 'ORDER_NOT_OPEN',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'BID_NOT_ACTIVE',
    accept: 'ACCEPTED',
    decline: 'DECLINED',
    lapse: 'DECLINED',
    lose: 'LOST',
  },
  ACCEPTED: {
    place: 'ORDER_NOT_OPEN',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'BID_NOT_ACTIVE',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    lapse: 'SAME',
    lose: 'SAME',
  },
  DECLINED: {
    place: 'ACTIVE',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'BID_NOT_ACTIVE',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    lapse: 'SAME',
    lose: 'SAME',
  },
  LOST: {
    place: 'ORDER_NOT_OPEN',
    withdraw: 'BID_NOT_ACTIVE',
    confirm: 'BID_NOT_ACTIVE',
    accept: 'NO_CONFIRMATION_PENDING',
    decline: 'NO_CONFIRMATION_PENDING',
    lapse: 'SAME',
    lose: 'SAME',
  },
};
