/** How many of an order's bidders are here at the moment: never who. */

import { mayCountBiddersOnline } from '../auth/policy.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { Order } from './refs.ts';

builder.objectField(Order, 'biddersOnline', (t) =>
  t.int({
    nullable: true,
    description:
      'How many vendors whose bids are ACTIVE or CONFIRMED have a socket or stream open at the moment of reading. For its ' +
      'customer and services; null for vendors.',
    resolve: async (order, _, context) => {
      if (!mayCountBiddersOnline(order, viewerOf(context))) return null;
      return (await context.services.presence.online(await context.load.bidders(order.id))).size;
    },
  }),
);
