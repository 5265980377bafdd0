/** Rounds of negotiation: the type, an order's list of them, and how the customer opens one. */

import { relationTo } from '../auth/policy.ts';
import type { NegotiationKey, NegotiationRow } from '../db/negotiations.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { found } from './found.ts';
import { decodeId, decodeOptionalId } from './ids.ts';
import { Money } from './money.ts';
import { addMutation, idempotencyKey } from './mutation.ts';
import { type CursorForm, connectionOf, keyPart, pageOf } from './pages.ts';
import { Negotiation, Order } from './refs.ts';
import { ConfirmationPending, NoActiveBids, OrderEnded } from './refusals.ts';

builder.node(Negotiation, {
  id: { resolve: ({ id }) => id },
  description:
    "A round: open until respondBy, the next round, a confirmation or the order's end. Who got it may revise meanwhile, on a CLOSED order too.",
  fields: (t) => ({
    order: t.field({
      type: Order,
      description: 'The order that it is about.',
      resolve: ({ orderId }, _, { load }) => found(load.order(orderId)),
    }),
    round: t.exposeInt('round', { description: 'Counts from 1 on each order.' }),
    message: t.exposeString('message', {
      description: 'What the customer tells all bidders. 2,000 characters at most.',
    }),
    targetAmount: t.field({
      type: Money,
      nullable: true,
      description: 'What the customer hopes for; it binds nobody.',
      resolve: ({ targetAmount: amount, currency }) => (amount === null ? null : { amount, currency }),
    }),
    respondBy: t.expose('respondBy', {
      type: 'DateTime',
      nullable: true,
      description: "Null: until the next round, a confirmation or the order's end.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was opened.' }),
  }),
});

const negotiationCursors: CursorForm<NegotiationRow, NegotiationKey> = {
  name: 'negotiations',
  parts: ({ round }) => [String(round)],
  parse: ([count, ...rest]) => {
    const round = keyPart.count(count);
    return round !== null && rest.length === 0 ? { round } : null;
  },
};

const NegotiationConnection = builder.connectionObject(
  { type: Negotiation, name: 'NegotiationConnection', description: 'A page of rounds.' },
  { name: 'NegotiationEdge', description: 'A round in a list.' },
);

builder.objectField(Order, 'negotiations', (t) =>
  t.connection(
    {
      type: Negotiation,
      description: 'Latest first. For a vendor those sent to it, and once it bids the open one.',
      resolve: async (order, args, context) => {
        const viewer = viewerOf(context);
        const relation = relationTo(order, viewer);
        const all = relation === 'OWNER' || relation === 'SERVICE';
        const page = pageOf(negotiationCursors, args);
        const list = await context.load.negotiations(order.id, page, { vendorId: all ? null : viewer.id });
        return connectionOf(negotiationCursors, page, list);
      },
    },
    NegotiationConnection,
  ),
);

const RequestNegotiationInput = builder.inputType('RequestNegotiationInput', {
  description: 'A round: it needs a message or a target.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'An order of the viewer, else NOT_FOUND.' }),
    bidId: t.id({ required: false, description: 'What prompts it; no vendor is told.' }),
    targetAmount: t.field({
      type: 'Decimal',
      required: false,
      description: "In the order's currency, above zero; it binds nobody.",
    }),
    message: t.string({
      required: true,
      defaultValue: '',
      description: 'For all who get it. 2,000 characters at most.',
    }),
    respondBy: t.field({
      type: 'DateTime',
      required: false,
      description: "In the future. Unset: until the next round, a confirmation or the order's end.",
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'requestNegotiation',
  description:
    'For its customer, while the order is OPEN or CLOSED: asks every active bidder at once to go lower. A round that is open ends.',
  input: RequestNegotiationInput,
  about: 'negotiation',
  refusals: [OrderEnded, ConfirmationPending, NoActiveBids],
  decode: (input) => ({
    ...input,
    orderId: decodeId('Order', input.orderId),
    bidId: decodeOptionalId('Bid', input.bidId),
  }),
});
