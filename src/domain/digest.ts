/** What a user is told who was away: several notifications at once, each as a line that says no more than it shows. */

import type { ConfirmationAnswer } from './confirmation.ts';
import type { ApartData, Happening } from './events.ts';
import type { OrderStatus } from './order.ts';

/** A notification as it goes out. `order` is null where it is about none. */
export type Told = {
  id: string;
  at: Date;
  happening: Happening;
  order: { id: string; title: string; externalId: string | null } | null;
};

/** Oldest first; `more` is how many there are besides. */
export type Digest = { told: readonly Told[]; more: number };

/** Notifications that are told; beyond that they are only counted. */
export const mostTold = 100;

/** What stands in a mail for one notification: what it is about, and what has happened. */
export type Line = { title: string; text: string };

const statuses: Record<OrderStatus, string> = {
  OPEN: 'The order takes bids again.',
  CLOSED: 'The order takes no more bids.',
  CONFIRMED: 'A bid was chosen.',
  ACCEPTED: 'The order went to another bid.',
  CANCELLED: 'The order was cancelled.',
  EXPIRED: 'The order has expired.',
};

const answers: Record<ConfirmationAnswer, string> = {
  ACCEPTED: 'The chosen bid was accepted: the deal stands.',
  DECLINED: 'The chosen bid was declined.',
  LAPSED: 'The time to accept the chosen bid has passed.',
};

/** Never who bids: not even a customer, who may know, is told that by mail. */
export function lineOf({ happening, order }: Told): Line {
  const title = order?.title ?? '';
  switch (happening.kind) {
    case 'bidPlaced': {
      const { revision, amount, currency } = happening.data;
      return { title, text: `${revision > 1 ? 'A bid was changed to' : 'A bid of'} ${currency} ${amount}.` };
    }
    case 'bidWithdrawn':
      return { title, text: 'A bid was withdrawn.' };
    case 'negotiationRequested':
      return { title, text: 'The customer asks all bidders to go lower.' };
    case 'bidConfirmed':
      return { title, text: `Your bid was chosen. Accept or decline it by ${momentOf(happening.data.acceptBy)}.` };
    case 'confirmationAnswered':
      return { title, text: answers[happening.data.answer] };
    case 'orderUpdated':
      return { title, text: statuses[happening.data.status] };
    case 'orderOpened':
      return { title, text: 'A new order.' };
    case 'notified':
      return lineOfHost(happening.data);
    case 'sessionsRevoked':
      return { title, text: '' };
  }
}

/** `2026-11-23 14:30 UTC`. */
const momentOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** The host application's own words, where it sends any: `title` and `text` of the data. Else the action alone. */
function lineOfHost({ action, data }: ApartData['notified']): Line {
  const said = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {};
  const [title, text] = [said['title'], said['text']].map((part) => (typeof part === 'string' ? part : ''));
  return { title: title || (text ? '' : action), text: text ?? '' };
}
