/** Orders: the type, the lists, and what their customer does with them. */

import { mayKnowOrdersId } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { OrderKey, OrderRow, OrderScope } from '../db/orders.ts';
import type { orderStatuses } from '../domain/order.ts';
import type { visibilities } from '../domain/standing.ts';
import { marketTopic, orderTopic, userTopic, vendorsTopic } from '../domain/topics.ts';
import { encodeCursor, orderScope } from '../pubsub/cursor.ts';
import { builder } from './builder.ts';
import { type Context, viewerOf } from './context.ts';
import { badInput, forbidden } from './errors.ts';
import { found } from './found.ts';
import { decodeId } from './ids.ts';
import { cursorOfList, listCursor } from './list-cursor.ts';
import { addMutation, idempotencyKey } from './mutation.ts';
import { type CursorForm, connectionOf, keyPart, pageOf } from './pages.ts';
import { Order, User } from './refs.ts';
import { OrderEnded } from './refusals.ts';
import { visibleOrder } from './visible.ts';

export const OrderStatus = builder.enumType('OrderStatus', {
  description: 'Where an order stands, by the clock of the database.',
  values: {
    OPEN: { description: 'Vendors may bid; without closesAt until confirmed or cancelled.' },
    CLOSED: { description: 'From closesAt on; the customer may still negotiate or confirm.' },
    CONFIRMED: {
      description:
        "A bid waits for its vendor's answer; no bids. Declined or lapsed: OPEN or CLOSED again, by closesAt.",
    },
    ACCEPTED: { description: 'The vendor accepted: the deal stands.' },
    CANCELLED: { description: 'By the customer, any time before ACCEPTED.' },
    EXPIRED: {
      description:
        'Closed, and nothing was confirmed in time: within CONFIRM_WITHIN (a week unless configured) of the close, or of the end of the last confirmation. A round that is open is waited for.',
    },
  } satisfies Record<(typeof orderStatuses)[number], object>,
});

const BidVisibility = builder.enumType('BidVisibility', {
  description: 'How much vendors learn of the bids of others. The customer sees all, whatever it says.',
  values: {
    SEALED: { description: 'A vendor knows its own bid only.' },
    RANK: { description: 'And, while active, its rank and the number of bidders (the default).' },
    OPEN: { description: 'And every vendor the amounts of the others, under an alias for this order only.' },
  } satisfies Record<(typeof visibilities)[number], object>,
});

/** Where the streams of an order stood for this viewer before the answer was read. */
async function cursorOf(order: OrderRow, context: Context): Promise<string> {
  const viewer = viewerOf(context);
  const heads = (await context.load.headsOf(order.id)) ?? order.heads;
  const scope = orderScope(order.id);
  if (viewer.role !== 'VENDOR') return encodeCursor(scope, [{ topic: orderTopic(order.id), ...heads.order }]);
  const own = userTopic(viewer.id);
  if (!heads.viewer) throw new Error("A vendor's own topic was not read with the order.");
  const places = [
    { topic: vendorsTopic(order.id), ...heads.vendors },
    { topic: own, ...heads.viewer },
  ];
  return encodeCursor(scope, places);
}

builder.node(Order, {
  id: { resolve: ({ id }) => id },
  description: 'What a customer wants done. Seen by its customer, every vendor, and services.',
  fields: (t) => ({
    externalId: t.string({
      nullable: true,
      description: 'Its id in the host application, as its customer gave it; null for vendors.',
      resolve: (order, _, context) => (mayKnowOrdersId(order, viewerOf(context)) ? order.externalId : null),
    }),
    customer: t.field({
      type: User,
      description: 'Who posted it.',
      resolve: ({ customerId }, _, { load }) => found(load.user(customerId)),
    }),
    title: t.exposeString('title', { description: '1 to 200 characters.' }),
    description: t.exposeString('description', { description: '20,000 characters at most.' }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'Of all amounts on this order.' }),
    visibility: t.expose('visibility', {
      type: BidVisibility,
      description: 'How much vendors learn of the bids of others.',
    }),
    status: t.expose('status', { type: OrderStatus, description: 'As it is at the moment of reading.' }),
    closesAt: t.expose('closesAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'From then on it is CLOSED, by the database’s clock, unless a confirmation waits. Null: open until confirmed or cancelled.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was posted.' }),
    cursor: t.field({
      type: 'Cursor',
      description:
        'Read before the rest of the answer: subscribe with this orderId `after` it and nothing falls between. ' +
        'A normalized cache may pair it with older fields.',
      resolve: (order, _, context) => cursorOf(order, context),
    }),
  }),
});

const orderCursors: CursorForm<OrderRow, OrderKey> = {
  name: 'orders',
  parts: ({ createdAt, id }) => [new Date(createdAt).toISOString(), id],
  parse: ([at, uuid, ...rest]) => {
    const [createdAt, id] = [keyPart.moment(at), keyPart.uuid(uuid)];
    return createdAt !== null && id !== null && rest.length === 0 ? { createdAt, id } : null;
  },
};

const OrderConnection = builder.connectionObject(
  {
    type: Order,
    name: 'OrderConnection',
    description: 'A page of orders.',
    fields: (t) => ({
      cursor: t.field(cursorOfList),
    }),
  },
  { name: 'OrderEdge', description: 'An order in a list.' },
);

function scopeOf(viewer: Viewer, bidOn: boolean | null | undefined): OrderScope {
  if (viewer.role !== 'VENDOR') return viewer.role === 'CUSTOMER' ? 'customer' : 'service';
  if (bidOn === null || bidOn === undefined) return 'vendor';
  return bidOn ? 'bidOn' : 'market';
}

function checkFilter(
  { bidOn, externalId }: { bidOn?: boolean | null | undefined; externalId?: string | null | undefined },
  viewer: Viewer,
): void {
  if (externalId !== null && externalId !== undefined) {
    if (viewer.role === 'VENDOR') throw forbidden('The ids of the host application are not for vendors.');
    if (!externalId.isWellFormed() || externalId.includes('\0')) {
      throw badInput('`externalId` must not contain U+0000 or lone surrogates.');
    }
  }
  if (bidOn !== null && bidOn !== undefined && viewer.role !== 'VENDOR') throw badInput('`bidOn` is for vendors.');
}

builder.queryField('orders', (t) =>
  t.connection(
    {
      type: Order,
      nullable: true,
      description: "Newest first. A customer's own; a vendor's open market and what it has bid on; all for a service.",
      args: {
        status: t.arg({
          type: [OrderStatus],
          required: false,
          description: 'Only orders that read as one of these now.',
        }),
        bidOn: t.arg.boolean({
          required: false,
          description:
            'For vendors, else BAD_USER_INPUT. true: only what it has bid on; false: only the open market that it has not.',
        }),
        externalId: t.arg.string({
          required: false,
          description: 'Only orders with this id in the host application. FORBIDDEN for vendors.',
        }),
      },
      resolve: async (_, args, context) => {
        const viewer = viewerOf(context);
        checkFilter(args, viewer);
        const page = pageOf(orderCursors, args);
        const list = await context.load.orders(scopeOf(viewer, args.bidOn), page, {
          viewerId: viewer.id,
          userTopic: userTopic(viewer.id),
          marketTopic,
          statuses: args.status ?? null,
          externalId: args.externalId ?? null,
        });
        return { ...connectionOf(orderCursors, page, list), cursor: listCursor(viewer, list) };
      },
    },
    OrderConnection,
  ),
);

builder.queryField('order', (t) =>
  t.field({
    type: Order,
    nullable: true,
    description: 'One order. Null for what does not exist or may not be seen.',
    args: { id: t.arg.id({ required: true, description: 'The id of an Order, else BAD_USER_INPUT.' }) },
    resolve: (_, { id }, context) => visibleOrder(decodeId('Order', id), context),
  }),
);

const CreateOrderInput = builder.inputType('CreateOrderInput', {
  description: 'A new order.',
  fields: (t) => ({
    externalId: t.string({
      required: false,
      description: 'Its id in the host application, 255 characters at most. Vendors do not see it.',
    }),
    title: t.string({ required: true, description: '1 to 200 characters.' }),
    description: t.string({ required: true, defaultValue: '', description: '20,000 characters at most.' }),
    currency: t.field({
      type: 'CurrencyCode',
      required: true,
      description: 'Of all amounts; a code that ISO 4217 does not have is refused.',
    }),
    visibility: t.field({
      type: BidVisibility,
      required: true,
      defaultValue: 'RANK',
      description: 'How much vendors learn of the bids of others.',
    }),
    closesAt: t.field({
      type: 'DateTime',
      required: false,
      description: 'In the future. Unset: open until confirmed or cancelled.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'createOrder',
  description: 'For customers: posts an order. Vendors hear `orderOpened`.',
  input: CreateOrderInput,
  about: 'order',
  refusals: [],
  decode: (input) => input,
});

const CancelOrderInput = builder.inputType('CancelOrderInput', {
  description: 'Which order, and why.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'An order of the viewer, else NOT_FOUND.' }),
    reason: t.string({
      required: false,
      description: 'Told to everybody who may see the order. 2,000 characters at most.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'cancelOrder',
  description:
    'For its customer: ends an order, any time before ACCEPTED. A confirmation that waits ends unanswered; bids in the running are LOST.',
  input: CancelOrderInput,
  about: 'order',
  refusals: [OrderEnded],
  decode: (input) => ({ ...input, orderId: decodeId('Order', input.orderId) }),
});
