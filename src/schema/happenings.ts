/** What can be subscribed to: each kind of event with what it tells, and who hears it. */

import { mayKnowBidder } from '../auth/policy.ts';
import { ConfirmationAnswer } from './confirmation.ts';
import { viewerOf } from './context.ts';
import { addEvent, bidOf } from './events.ts';
import { found } from './found.ts';
import { Money } from './money.ts';
import { OrderStatus } from './order.ts';
import { Negotiation } from './refs.ts';

addEvent('bidPlaced', {
  description: 'A vendor has bid, or revised its bid.',
  heardBy: 'The customer, for every bid and revision; under OPEN and with orderId vendors too, by alias.',
  fields: (t) => ({
    bid: bidOf(t),
    revision: t.int({ description: 'The revision that was placed.', resolve: ({ entry }) => entry.data.revision }),
    amount: t.field({ type: Money, description: 'What was bid.', resolve: ({ entry }) => entry.data }),
  }),
});

addEvent('bidWithdrawn', {
  description: 'A vendor has taken its bid back.',
  heardBy: 'As bidPlaced: the customer; under OPEN and with orderId vendors too, by alias.',
  fields: (t) => ({
    bid: bidOf(t),
    reason: t.string({
      nullable: true,
      description: 'Why; null for the other vendors, since it could name its author.',
      resolve: async ({ entry }, _, context) => {
        const order = await found(context.load.order(entry.orderId));
        return mayKnowBidder(order, entry.data, viewerOf(context)) ? entry.data.reason : null;
      },
    }),
  }),
});

addEvent('negotiationRequested', {
  description: 'The customer asks all bidders at once to go lower.',
  heardBy: 'Every vendor with an active bid; the customer, its own doing.',
  fields: (t) => ({
    negotiation: t.field({
      type: Negotiation,
      description: 'The round as it is now.',
      resolve: ({ entry }, _, { load }) => found(load.negotiation(entry.data.negotiationId)),
    }),
  }),
});

addEvent('bidConfirmed', {
  description: "The customer has chosen a bid and waits for its vendor's answer.",
  heardBy: 'The vendor of that bid; the customer, its own doing.',
  fields: (t) => ({
    bid: bidOf(t),
    revision: t.int({ description: 'The revision that was confirmed.', resolve: ({ entry }) => entry.data.revision }),
    acceptBy: t.field({
      type: 'DateTime',
      description: 'Without an answer until then it lapses.',
      resolve: ({ entry }) => entry.data.acceptBy,
    }),
  }),
});

addEvent('confirmationAnswered', {
  description: 'A confirmation has been answered, or its time has passed.',
  heardBy: 'The customer, and that vendor; accepted, declined or lapsed.',
  fields: (t) => ({
    bid: bidOf(t),
    accepted: t.boolean({
      description: 'Whether the deal stands.',
      resolve: ({ entry }) => entry.data.answer === 'ACCEPTED',
    }),
    answer: t.field({
      type: ConfirmationAnswer,
      description: 'How it ended.',
      resolve: ({ entry }) => entry.data.answer,
    }),
    reason: t.string({
      nullable: true,
      description: 'Why the vendor declined.',
      resolve: ({ entry }) => entry.data.reason,
    }),
  }),
});

addEvent('orderOpened', {
  description: 'A customer has posted an order.',
  heardBy: 'Vendors and services, once per order.',
  ofOrder: false,
});

addEvent('orderUpdated', {
  description: "An order's status or deadline has changed.",
  heardBy:
    'Those who may see the order, when its status or deadline changes, after the event that did it. Vendors without orderId: all the market.',
  fields: (t) => ({
    status: t.field({ type: OrderStatus, description: 'What it became.', resolve: ({ entry }) => entry.data.status }),
    closesAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'What its deadline became.',
      resolve: ({ entry }) => entry.data.closesAt,
    }),
    reason: t.string({
      nullable: true,
      description: 'Why the customer cancelled it.',
      resolve: ({ entry }) => entry.data.reason,
    }),
  }),
});
