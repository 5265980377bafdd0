/** What a notification tells of what happened: what the event of that kind tells, and never who bids. */

import type { Entry, EventKind, Happening, Json } from '../domain/events.ts';
import { encodeId } from './ids.ts';

type Of<Kind extends EventKind> = Extract<Happening, { kind: Kind }>['data'];

/** Names and values as in the event's fields; what the event has as an object, by its id. */
const tells: { [Kind in EventKind]: (data: Of<Kind>) => Json } = {
  orderOpened: () => null,
  orderUpdated: ({ status, closesAt, reason }) => ({ status, closesAt, reason }),
  bidPlaced: ({ revision, amount, currency }) => ({ revision, amount: { amount, currency } }),
  bidWithdrawn: ({ reason }) => ({ reason }),
  negotiationRequested: ({ negotiationId }) => ({ negotiationId: encodeId('Negotiation', negotiationId) }),
  bidConfirmed: ({ revision, acceptBy }) => ({ revision, acceptBy }),
  confirmationAnswered: ({ answer, reason }) => ({ accepted: answer === 'ACCEPTED', answer, reason }),
};

export function dataOf(happening: Happening): Json {
  if (happening.kind === 'notified') return happening.data.data;
  if (happening.kind === 'sessionsRevoked') return null;
  return (tells[happening.kind] as (data: unknown) => Json)(happening.data);
}

/** The bid that it names; null if it names none. */
export const bidIdOf = ({ data }: Entry): string | null => ('bidId' in data ? data.bidId : null);
