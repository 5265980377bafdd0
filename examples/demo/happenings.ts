/** What happens on the market, and who is to hear of it: written down from the rules, not asked of the server. */

import type { Person } from './cast.ts';

export const kinds = [
  'orderOpened',
  'bidPlaced',
  'bidWithdrawn',
  'negotiationRequested',
  'bidConfirmed',
  'confirmationAnswered',
  'orderUpdated',
] as const;
export type Kind = (typeof kinds)[number];

export type PlayedBid = { id: string; revision: number; amount: string; active: boolean };

export type PlayedOrder = {
  id: string;
  title: string;
  customer: Person;
  visibility: 'SEALED' | 'RANK' | 'OPEN';
  currency: string;
  /** As they must stand by the rules, from what was answered to those who bid. */
  bids: Map<Person, PlayedBid>;
};

/** One subscription of one person: of one order's stream, or of its own. */
export type Window = { person: Person; kind: Kind; order: PlayedOrder | null };

export type Happening = {
  kind: Kind;
  order: PlayedOrder;
  /** Tells it apart from others of its kind, by what the event says. */
  what: string;
  /** For a person. */
  told: string;
  /** The vendors whom it is about: of the bid, or those with an active bid. */
  vendors: Person[];
  /** When the mutation set out, in milliseconds of `performance.now()`. */
  startedAt: number;
};

export function concerns({ kind, order, vendors }: Happening, window: Window): boolean {
  if (kind !== window.kind || (window.order !== null && window.order.id !== order.id)) return false;
  const { person } = window;
  switch (person.role) {
    case 'customer':
      return person === order.customer;
    case 'service':
      return true;
    case 'vendor':
      switch (kind) {
        case 'orderOpened':
        case 'orderUpdated':
          return true;
        case 'bidPlaced':
        case 'bidWithdrawn':
          return order.visibility === 'OPEN' && window.order !== null;
        case 'negotiationRequested':
        case 'bidConfirmed':
        case 'confirmationAnswered':
          return vendors.includes(person);
      }
  }
}

/** Where nothing may ever be heard, a refusal is as right as silence. */
export const isForeign = ({ person, kind, order }: Window): boolean =>
  person.role === 'vendor' && (kind === 'bidPlaced' || kind === 'bidWithdrawn') && order?.visibility !== 'OPEN';
