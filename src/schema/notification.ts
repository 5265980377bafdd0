/** Notifications: what the viewer was told, as a list and as it comes, and up to where it has read. */

import { countUnread } from '../db/notification-marks.ts';
import { type NotificationKey, notificationList, type Reader } from '../db/notifications.ts';
import type { Entry } from '../domain/events.ts';
import { actionOf, isRead } from '../domain/notification.ts';
import { userOfTopic, userTopic } from '../domain/topics.ts';
import { encodeCursor, generalScope, placeIn } from '../pubsub/cursor.ts';
import { builder } from './builder.ts';
import { type Context, viewerOf } from './context.ts';
import { cursorExpired } from './errors.ts';
import { afterCursor, Event } from './events.ts';
import { hearNotifications } from './hear.ts';
import { cursorOfList, listCursor } from './list-cursor.ts';
import { bidIdOf, dataOf } from './notification-data.ts';
import { type CursorForm, connectionOf, keyPart, pageOf } from './pages.ts';
import { Bid, Notification, Order } from './refs.ts';
import { InvalidInput } from './refusals.ts';
import { visibleBid, visibleOrder } from './visible.ts';

builder.node(Notification, {
  id: { resolve: ({ id }) => id },
  description:
    'Something that a user was told: what happened on an order, or what a service called. Seen by that user, by tokens of ' +
    'the role that it was told as; what a service called, by all of its tokens.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description:
        "Its place in the viewer's own stream: for `markNotificationsRead`, and for `after` without orderId.",
      resolve: (entry) => encodeCursor(generalScope, [entry]),
    }),
    action: t.string({
      description: 'bidPlaced, negotiationRequested, bidConfirmed …, or what `notify` was called with.',
      resolve: actionOf,
    }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What happened, as the fields of the event of that name tell it; or what `notify` was called with.',
      resolve: dataOf,
    }),
    order: t.field({
      type: Order,
      nullable: true,
      description: 'The order that it is about, as it is now. Null if it is about none.',
      resolve: ({ orderId }, _, context) => (orderId === null ? null : visibleOrder(orderId, context)),
    }),
    bid: t.field({
      type: Bid,
      nullable: true,
      description: 'The bid that it is about, as it is now; for a vendor its own. Null if it is about none.',
      resolve: bidOf,
    }),
    read: t.boolean({
      description: 'Whether it is at or before the mark that `markNotificationsRead` has set.',
      resolve: async (entry, _, { load }) => isRead(entry, await load.marks(userOfTopic(entry.topic))),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
  }),
});

async function bidOf(entry: Entry, _: unknown, context: Context) {
  const bidId = bidIdOf(entry);
  if (bidId !== null) return visibleBid(bidId, context);
  const viewer = viewerOf(context);
  return entry.orderId !== null && viewer.role === 'VENDOR' ? context.load.bidOf(viewer.id, entry.orderId) : null;
}

const notificationCursors: CursorForm<Entry, NotificationKey> = {
  name: 'notifications',
  parts: ({ position }) => [String(position)],
  parse: ([count, ...rest]) => {
    const position = keyPart.count(count);
    return position !== null && rest.length === 0 ? { position } : null;
  },
};

const NotificationConnection = builder.connectionObject(
  {
    type: Notification,
    name: 'NotificationConnection',
    description: 'A page of notifications.',
    fields: (t) => ({ cursor: t.field(cursorOfList) }),
  },
  { name: 'NotificationEdge', description: 'A notification in a list.' },
);

function readerOf(context: Context): Reader {
  const { id: userId, role } = viewerOf(context);
  return { userId, party: role === 'SERVICE' ? null : role };
}

builder.queryField('notifications', (t) =>
  t.connection(
    {
      type: Notification,
      nullable: true,
      description: 'What the viewer was told, newest first, also before it first came; not what it did itself.',
      resolve: async (_, args, context) => {
        const page = pageOf(notificationCursors, args);
        const list = await notificationList(context.services.db, readerOf(context), page);
        return { ...connectionOf(notificationCursors, page, list), cursor: listCursor(viewerOf(context), list) };
      },
    },
    NotificationConnection,
  ),
);

builder.queryField('unreadNotifications', (t) =>
  t.int({
    nullable: true,
    description: 'How much the viewer was told since the mark that `markNotificationsRead` has set.',
    resolve: (_, __, context) => countUnread(context.services.db, readerOf(context)),
  }),
);

type Heard = { entry: Entry; scope: string };

const NotificationReceived = builder.objectRef<Heard>('NotificationReceived').implement({
  description: 'The viewer is told something.',
  interfaces: [Event],
  fields: (t) => ({
    notification: t.field({
      type: Notification,
      description: 'What it is told.',
      resolve: ({ entry }) => entry,
    }),
  }),
});

builder.subscriptionField('notificationReceived', (t) =>
  t.field({
    type: NotificationReceived,
    description: 'All that the viewer is told, as it is told it; not what it did itself.',
    args: { after: t.arg(afterCursor) },
    subscribe: (_, args, context) => hearNotifications(args, context) as never,
    resolve: (heard) => heard as never as Heard,
  }),
);

const MarkNotificationsReadInput = builder.inputType('MarkNotificationsReadInput', {
  description: 'Up to where.',
  fields: (t) => ({
    upTo: t.field({
      type: 'Cursor',
      required: true,
      description:
        "`Notification.cursor`, or any cursor of the viewer's own stream. Another stream's or a page's: CURSOR_INVALID.",
    }),
  }),
});

const MarkNotificationsReadPayload = builder.objectRef<{ userId: string }>('MarkNotificationsReadPayload').implement({
  description: 'What `markNotificationsRead` has done.',
  fields: (t) => ({
    unreadNotifications: t.int({
      description: 'How much is still unread.',
      resolve: (_, __, context) => countUnread(context.services.db, readerOf(context)),
    }),
  }),
});

builder.mutationField('markNotificationsRead', (t) =>
  t.field({
    type: builder.unionType('MarkNotificationsReadResult', {
      description: 'What `markNotificationsRead` answers: its payload, or why nothing has changed.',
      types: [MarkNotificationsReadPayload, InvalidInput],
      resolveType: () => MarkNotificationsReadPayload.name,
    }),
    nullable: true,
    description:
      'For customers and vendors: all that the viewer was told up to there is read, as the role of its token; what a service ' +
      'called, as both. A place before the present mark changes nothing.',
    args: { input: t.arg({ type: MarkNotificationsReadInput, required: true, description: 'All that it takes.' }) },
    resolve: async (_, { input }, context) => {
      const viewer = viewerOf(context);
      const topic = userTopic(viewer.id);
      const oldest = await context.services.commands.markNotificationsRead(
        viewer,
        placeIn(input.upTo, generalScope, topic),
      );
      if (oldest) throw cursorExpired(encodeCursor(generalScope, [{ topic, ...oldest }]));
      context.load.forget();
      return { userId: viewer.id };
    },
  }),
);
