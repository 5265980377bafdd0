/** What everyone listens to, and how an event reads to whom it came. */

import { pipe, subscribe } from 'wonka';
import { Order, Orders } from '../../client/urql/documents.ts';
import type { ResultOf } from '../../client/urql/graphql.ts';
import * as documents from '../../client/urql/subscriptions.ts';
import type { Person } from './cast.ts';
import { type Kind, kinds, type PlayedOrder, type Window } from './happenings.ts';
import type { Ledger } from './ledger.ts';
import { money } from './screen.ts';

const subscriptions = {
  orderOpened: documents.OrderOpened,
  bidPlaced: documents.BidPlaced,
  bidWithdrawn: documents.BidWithdrawn,
  negotiationRequested: documents.NegotiationRequested,
  bidConfirmed: documents.BidConfirmed,
  confirmationAnswered: documents.ConfirmationAnswered,
  orderUpdated: documents.OrderUpdated,
} as const satisfies Record<Kind, unknown>;

type Data = { [K in Kind]: ResultOf<(typeof subscriptions)[K]> };
type EventOf<K extends Kind> = Data[K] extends Record<K, infer E> ? E : never;
/** What all of them have. */
type Event = { id: string; order: { id: string } };
type Reading = { what: string; shown: string };

export const whatOf = (...parts: (string | number)[]): string => parts.join(' ');
const bidder = (bid: { alias: string; vendor: { name: string } | null }) => bid.vendor?.name ?? `“${bid.alias}”`;

/** What tells the event apart, and how its reader sees it: a rival is an alias to a vendor, a name to the customer. */
const read: { [K in Kind]: (event: EventOf<K>) => Reading } = {
  orderOpened: ({ order }) => ({ what: whatOf(order.id), shown: `“${order.title}” is open` }),
  bidPlaced: ({ order, bid, revision, amount }) => ({
    what: whatOf(order.id, bid.id, revision, amount.amount),
    shown: `${bidder(bid)} at ${money(amount)}`,
  }),
  bidWithdrawn: ({ order, bid }) => ({ what: whatOf(order.id, bid.id), shown: `${bidder(bid)} is out` }),
  negotiationRequested: ({ order, negotiation }) => ({
    what: whatOf(order.id, negotiation.id),
    shown: `round ${negotiation.round}: “${negotiation.message}”`,
  }),
  bidConfirmed: ({ order, bid, revision }) => ({
    what: whatOf(order.id, bid.id, revision),
    shown: `${bidder(bid)} is chosen at ${money(bid.amount)}`,
  }),
  confirmationAnswered: ({ order, bid, answer, reason }) => ({
    what: whatOf(order.id, bid.id, answer),
    shown: `${bidder(bid)}: ${answer}${reason ? `, “${reason}”` : ''}`,
  }),
  orderUpdated: ({ order, status }) => ({ what: whatOf(order.id, status), shown: `“${order.title}” is ${status}` }),
};

/** What each role listens to in its own stream; with an order's own page comes every kind but its opening. */
const general: Record<Person['role'], readonly Kind[]> = {
  customer: kinds.filter((kind) => kind !== 'orderOpened'),
  vendor: kinds.filter((kind) => kind !== 'bidPlaced' && kind !== 'bidWithdrawn'),
  service: ['orderOpened'],
};
const ofOrder = kinds.filter((kind) => kind !== 'orderOpened');

/** Opens a person's own streams, from now on: after the cursor of its list of orders nothing can fall between. */
export async function openStreams(ledger: Ledger, person: Person): Promise<void> {
  const { data, error } = await person.client.query(Orders, { first: 1 });
  if (!data?.orders) throw new Error(`${person.name} may not list orders.`, { cause: error });
  for (const kind of general[person.role]) watch(ledger, { person, kind, order: null }, data.orders.cursor);
}

/** Opens an order's page: reads it, and listens after the cursor that came with it. */
export async function openPage(ledger: Ledger, person: Person, order: PlayedOrder): Promise<void> {
  const { data, error } = await person.client.query(Order, { id: order.id });
  if (!data?.order) throw new Error(`${person.name} may not read “${order.title}”.`, { cause: error });
  for (const kind of ofOrder) watch(ledger, { person, kind, order }, data.order.cursor);
}

function watch(ledger: Ledger, window: Window, after: string): void {
  const { hear, fail } = ledger.open(window);
  const variables = window.order ? { orderId: window.order.id, after } : { after };
  pipe(
    window.person.client.subscription<Partial<Record<Kind, Event>>>(subscriptions[window.kind], variables),
    subscribe(({ data, error }) => {
      const at = performance.now();
      const event = data?.[window.kind];
      if (!event || error) {
        const [first] = error?.graphQLErrors ?? [];
        return fail({ code: String(first?.extensions['code']), message: error?.message ?? 'no event' });
      }
      const reading = (read[window.kind] as (event: Event) => Reading)(event);
      hear({ id: event.id, orderId: event.order.id, at, ...reading });
    }),
  );
}
