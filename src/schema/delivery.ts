/** What was sent to users who were away: what failed, for services, and trying it again. */

import { type DeliveryKey, type DeliveryRow, failedDeliveries } from '../db/failed-deliveries.ts';
import { slice } from '../db/pages.ts';
import type { AboutDelivery } from '../domain/book.ts';
import { builder } from './builder.ts';
import { found } from './found.ts';
import { decodeId } from './ids.ts';
import { addMutation, type PayloadOf } from './mutation.ts';
import { type CursorForm, connectionOf, keyPart, pageOf } from './pages.ts';
import { Channel } from './preferences.ts';
import { Delivery, User } from './refs.ts';
import { DeliveryNotFailed } from './refusals.ts';

const DeliveryState = builder.enumType('DeliveryState', {
  description: 'What became of a delivery.',
  values: {
    PENDING: { description: 'It waits, or is being tried.' },
    SENT: { description: 'It was taken.' },
    FAILED: { description: 'It was given up.' },
  } satisfies Record<DeliveryRow['state'], object>,
});

builder.node(Delivery, {
  id: { resolve: ({ id }) => id },
  description: 'Notifications on their way to a user who was away, together, by one channel. Seen by services.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'Whom it is for.',
      resolve: ({ userId }, _, { load }) => found(load.user(userId)),
    }),
    channel: t.expose('channel', { type: Channel, description: 'By which way.' }),
    state: t.expose('state', { type: DeliveryState, description: 'What became of it.' }),
    notifications: t.exposeInt('notifications', {
      description: 'How many it was made of; what was read since, or is not wanted, is left out when it is sent.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried; counted anew by `retryDelivery`.' }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why it failed last, as "HTTP 503", "SMTP 550" or "ECONNREFUSED".',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken or given up; null while it is PENDING.',
    }),
  }),
});

const deliveryCursors: CursorForm<DeliveryRow, DeliveryKey> = {
  name: 'failedDeliveries',
  parts: ({ endedAt, id }) => [endedAt ?? '', id],
  parse: ([text, key, ...rest]) => {
    const [endedAt, id] = [keyPart.moment(text), keyPart.uuid(key)];
    return endedAt !== null && id !== null && rest.length === 0 ? { endedAt, id } : null;
  },
};

const DeliveryConnection = builder.connectionObject(
  { type: Delivery, name: 'DeliveryConnection', description: 'A page of deliveries.' },
  { name: 'DeliveryEdge', description: 'A delivery in a list.' },
);

builder.queryField('failedDeliveries', (t) =>
  t.connection(
    {
      type: Delivery,
      nullable: true,
      description: 'For services: what was given up, latest first. Kept as long as the notifications in it.',
      resolve: async (_, args, { services }) => {
        const page = pageOf(deliveryCursors, args);
        const rows = await failedDeliveries(services.db.$client, page);
        return connectionOf(deliveryCursors, page, slice(rows, page));
      },
    },
    DeliveryConnection,
  ),
);

const RetryDeliveryInput = builder.inputType('RetryDeliveryInput', {
  description: 'Which.',
  fields: (t) => ({
    deliveryId: t.id({ required: true, description: 'The id of a Delivery, else NOT_FOUND.' }),
  }),
});

addMutation({
  name: 'retryDelivery',
  description:
    'For services: tries a failed delivery again, at once and as often as a new one. Its receiver may know it by its id.',
  input: RetryDeliveryInput,
  about: (t: PayloadOf<AboutDelivery>) => ({
    delivery: t.field({
      type: Delivery,
      description: 'The delivery as it is now.',
      resolve: ({ done }, _, { load }) => found(load.delivery(done.deliveryId)),
    }),
  }),
  refusals: [DeliveryNotFailed],
  keyed: false,
  decode: (input) => ({ deliveryId: decodeId('Delivery', input.deliveryId) }),
});
