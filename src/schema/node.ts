/** Finding anything by its id. */

import { brandWithType } from '@pothos/core';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { badInput } from './errors.ts';
import { decodeNodeId, type NodeType } from './ids.ts';
import { pageSize } from './pages.ts';
import {
  visibleBid,
  visibleDelivery,
  visibleNegotiation,
  visibleNotification,
  visibleOrder,
  visibleUser,
} from './visible.ts';

const finders: Record<NodeType, (id: string, context: Context) => Promise<object | null>> = {
  Order: visibleOrder,
  Bid: visibleBid,
  Negotiation: visibleNegotiation,
  User: visibleUser,
  Notification: visibleNotification,
  Delivery: visibleDelivery,
};

async function find(globalId: string, context: Context): Promise<object | null> {
  const { type, id } = decodeNodeId(globalId);
  const node = await finders[type](id, context);
  if (node) brandWithType(node, type as never);
  return node;
}

builder.queryField('node', (t) =>
  t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'Anything by its id. Null for what does not exist or may not be seen. Malformed ids: BAD_USER_INPUT.',
    args: {
      id: t.arg.id({
        required: true,
        description: 'The id of an Order, Bid, Negotiation, User, Notification or Delivery.',
      }),
    },
    resolve: (_, { id }, context) => find(id, context),
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description:
      'The same for several: one answer for each id, in their order, null for what does not exist or may not be seen. For a ' +
      'malformed one null, and BAD_USER_INPUT with its index in `path`.',
    args: { ids: t.arg.idList({ required: true, description: `${pageSize.most} at most, else BAD_USER_INPUT.` }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > pageSize.most) throw badInput(`\`ids\` must be ${pageSize.most} at most.`);
      // Each by itself: a malformed id costs its own answer only.
      return ids.map((id) => find(id, context));
    },
  }),
);
