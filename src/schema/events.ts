/** What all events have in common, and how a subscription to one kind of them is made. */

import type { ObjectFieldBuilder } from '@pothos/core';
import { type GraphQLResolveInfo, Kind as NodeKind } from 'graphql';
import type { Entry, EventKind } from '../domain/events.ts';
import { encodeCursor } from '../pubsub/cursor.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { found } from './found.ts';
import { type Heard, hear, stillHears } from './hear.ts';
import { Bid, Order } from './refs.ts';

export const Event = builder.interfaceRef<{ entry: Entry; scope: string }>('Event').implement({
  description:
    'Something that happened. order, bid, negotiation are read at delivery and may be newer than the event; its other ' +
    'fields tell what happened.',
  fields: (t) => ({
    id: t.id({ description: 'The same in every stream: drop what you have seen.', resolve: ({ entry }) => entry.id }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Go on from here: the `after` of the same subscription with the same orderId.',
      resolve: ({ entry, scope }) => encodeCursor(scope, [entry]),
    }),
    occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ entry }) => entry.at }),
  }),
});

/** The argument of every subscription. */
export const afterCursor = {
  type: 'Cursor',
  required: false,
  description: 'Go on behind this place. Unset: from now on.',
} as const;

type Types = typeof builder.$inferSchemaTypes;
export type EventFields<Kind extends EventKind> = ObjectFieldBuilder<Types, Heard<Kind>>;

/** The bid that an event is about. */
export const bidOf = <Kind extends 'bidPlaced' | 'bidWithdrawn' | 'bidConfirmed' | 'confirmationAnswered'>(
  t: EventFields<Kind>,
) =>
  t.field({
    type: Bid,
    description: 'The bid as it is now.',
    resolve: ({ entry }, _, { load }) => found(load.bid(entry.data.bidId)),
  });

const orderOf = (t: ObjectFieldBuilder<Types, Heard>) =>
  t.field({
    type: Order,
    description: 'The order as it is now.',
    resolve: ({ entry }, _, { load }) => found(load.order(entry.orderId)),
  });

/** The bid is read beside the order that the policy asks for, and not after it: an event waits for one round trip less. */
function readAhead({ entry }: Heard, { load }: Context, { fieldNodes }: GraphQLResolveInfo): void {
  const selected = fieldNodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  // What a fragment selects is not looked into: it is taken for the bid.
  const asks = selected.some((one) => one.kind !== NodeKind.FIELD || one.name.value === 'bid');
  // If it cannot be read, the field says so.
  if (asks && 'bidId' in entry.data) load.bid(entry.data.bidId).catch(() => {});
}

/** Makes the type of one kind of event and its subscription, which has its name. */
export function addEvent<Kind extends EventKind>(
  kind: Kind,
  options: {
    /** What has happened. */
    description: string;
    /** Who hears it. */
    heardBy: string;
    /** Whether an order's stream has it; else only the market's. */
    ofOrder?: boolean;
    fields?: (t: EventFields<Kind>) => object;
  },
): void {
  const { description, heardBy, ofOrder = true, fields } = options;
  const type = builder.objectRef<Heard<Kind>>(kind.charAt(0).toUpperCase() + kind.slice(1)).implement({
    description,
    // Kind is not known yet here, so that the fields' types cannot be compared.
    interfaces: [Event] as never,
    fields: (t) => ({ order: orderOf(t as never), ...fields?.(t as never) }) as never,
  });
  builder.subscriptionField(kind, (t) => {
    const after = t.arg(afterCursor);
    const orderId = t.arg.id({ required: false, description: 'Only this order. NOT_FOUND if it may not be seen.' });
    return t.field({
      type: type as never,
      description: heardBy,
      args: ofOrder ? { orderId, after } : { after },
      subscribe: (_, args, context) => hear(kind, args, context) as never,
      resolve: async (heard, _, context, info) => {
        readAhead(heard as Heard, context, info);
        await stillHears(heard as Heard, context);
        return heard as never;
      },
    });
  });
}
