/** Bids: the type, an order's list of them, and what their vendor does with them. */

import { mayKnowBidder, relationTo } from '../auth/policy.ts';
import type { BidFilter, BidKey, BidRow } from '../db/bids.ts';
import type { bidStatuses } from '../domain/bid.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { found } from './found.ts';
import { decodeId, decodeOptionalId } from './ids.ts';
import { Money } from './money.ts';
import { addMutation, idempotencyKey } from './mutation.ts';
import { type CursorForm, connectionOf, keyPart, pageOf } from './pages.ts';
import { Bid, Order, User } from './refs.ts';
import { BidNotActive, BidNotLower, OrderNotOpen } from './refusals.ts';

const BidStatus = builder.enumType('BidStatus', {
  description: 'Where a bid stands.',
  values: {
    ACTIVE: { description: 'In the running.' },
    WITHDRAWN: { description: 'By its vendor, only while ACTIVE.' },
    CONFIRMED: { description: "Waits for its vendor's answer; the others stay ACTIVE." },
    ACCEPTED: { description: 'Its vendor accepted the confirmation: the deal stands.' },
    DECLINED: { description: 'By its vendor, or the time passed.' },
    LOST: { description: 'ACTIVE or CONFIRMED when another was accepted or the order cancelled or expired.' },
  } satisfies Record<(typeof bidStatuses)[number], object>,
});

builder.node(Bid, {
  id: { resolve: ({ id }) => id },
  description:
    'A vendor has one bid on an order; placing again revises it: lower than before while ACTIVE; any amount after WITHDRAWN ' +
    'or DECLINED, and ACTIVE again.',
  fields: (t) => ({
    order: t.field({
      type: Order,
      description: 'The order that it is for.',
      resolve: ({ orderId }, _, { load }) => found(load.order(orderId)),
    }),
    vendor: t.field({
      type: User,
      nullable: true,
      description: 'Who bids; null where the viewer may not know, as are note and confirmation.',
      resolve: (bid, _, context) =>
        mayKnowBidder(bid, bid, viewerOf(context)) ? found(context.load.user(bid.vendorId)) : null,
    }),
    alias: t.exposeString('alias', { description: 'What the other vendors know its vendor by, on this order only.' }),
    amount: t.field({ type: Money, description: 'Of this revision.', resolve: (bid) => bid }),
    note: t.string({
      nullable: true,
      description: 'What its vendor told the customer with this revision.',
      resolve: (bid, _, context) => (mayKnowBidder(bid, bid, viewerOf(context)) ? bid.note : null),
    }),
    revision: t.exposeInt('revision', { description: 'Counts from 1.' }),
    status: t.expose('status', { type: BidStatus, description: 'Where it stands.' }),
    placedAt: t.expose('placedAt', { type: 'DateTime', description: 'When this revision was placed.' }),
  }),
});

const bidCursors: CursorForm<BidRow, BidKey> = {
  name: 'bids',
  parts: ({ retired, amount, id }) => [retired ? '1' : '0', amount, id],
  parse: ([last, decimal, uuid, ...rest]) => {
    const [amount, id] = [keyPart.amount(decimal), keyPart.uuid(uuid)];
    const isWhole = (last === '0' || last === '1') && rest.length === 0;
    return isWhole && amount !== null && id !== null ? { retired: last === '1', amount, id } : null;
  },
};

const BidConnection = builder.connectionObject(
  {
    type: Bid,
    name: 'BidConnection',
    description: 'A page of bids.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many there are of what the viewer sees, on all pages.',
        resolve: (list, _, { load }) => {
          const { orderId, filter } = list as unknown as { orderId: string; filter: BidFilter };
          return load.bidCount(orderId, filter);
        },
      }),
    }),
  },
  { name: 'BidEdge', description: 'A bid in a list.' },
);

builder.objectField(Order, 'bids', (t) =>
  t.connection(
    {
      type: Bid,
      description:
        'Lowest first, the earlier where equal; WITHDRAWN and DECLINED last. All for the customer; for a vendor its own, ' +
        "and under OPEN the others' by alias.",
      args: { status: t.arg({ type: [BidStatus], required: false, description: 'Only bids in one of these.' }) },
      resolve: async (order, args, context) => {
        const viewer = viewerOf(context);
        const relation = relationTo(order, viewer);
        const all = relation === 'OWNER' || relation === 'SERVICE';
        const filter = { rivalId: all ? null : viewer.id, statuses: args.status ?? null };
        const page = pageOf(bidCursors, args);
        const list = await context.load.bids(order.id, page, filter);
        return { ...connectionOf(bidCursors, page, list), orderId: order.id, filter };
      },
    },
    BidConnection,
  ),
);

builder.objectField(Order, 'viewerBid', (t) =>
  t.field({
    type: Bid,
    nullable: true,
    description: "The asking vendor's own; null for everybody else, and where it has not bid.",
    resolve: (order, _, context) => {
      const viewer = viewerOf(context);
      return viewer.role === 'VENDOR' ? context.load.bidOf(viewer.id, order.id) : null;
    },
  }),
);

const PlaceBidInput = builder.inputType('PlaceBidInput', {
  description: 'A bid, or a revision of it.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'What it is for. An order of their own is FORBIDDEN.' }),
    amount: t.field({
      type: 'Decimal',
      required: true,
      description:
        "In the order's currency, with no more digits after the point than it has, 15 digits at most, above zero.",
    }),
    note: t.string({ required: false, description: 'For the customer only. 2,000 characters at most.' }),
    negotiationId: t.id({ required: false, description: 'The round it answers; InvalidInput if that has ended.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'placeBid',
  description:
    "For vendors: bids on an OPEN order, or on a CLOSED one if asked in a round that is still open. Again: a revision, lower than one's own last amount while ACTIVE. Never on one's own order.",
  input: PlaceBidInput,
  about: 'bid',
  refusals: [OrderNotOpen, BidNotLower],
  decode: (input) => ({
    ...input,
    orderId: decodeId('Order', input.orderId),
    negotiationId: decodeOptionalId('Negotiation', input.negotiationId),
  }),
});

const WithdrawBidInput = builder.inputType('WithdrawBidInput', {
  description: 'Which bid, and why.',
  fields: (t) => ({
    bidId: t.id({ required: true, description: "A bid of the viewer's own." }),
    reason: t.string({ required: false, description: 'For the customer only. 2,000 characters at most.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'withdrawBid',
  description: 'For its vendor: takes an ACTIVE bid back, on an OPEN or CLOSED order. Once confirmed: decline instead.',
  input: WithdrawBidInput,
  about: 'bid',
  refusals: [BidNotActive],
  decode: (input) => ({ ...input, bidId: decodeId('Bid', input.bidId) }),
});
