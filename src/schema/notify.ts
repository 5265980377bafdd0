/** The host application tells its users anything through this API. */

import type { AboutNotification, AboutNotifications } from '../domain/book.ts';
import { builder } from './builder.ts';
import { found } from './found.ts';
import { addMutation, idempotencyKey, type PayloadOf } from './mutation.ts';
import { Notification } from './refs.ts';

const NotifyInput = builder.inputType('NotifyInput', {
  description: 'Whom to tell, and what.',
  fields: (t) => ({
    to: t.string({
      required: true,
      description:
        "The user's externalId: the `sub` of its tokens. One not seen yet is made, and finds it when it comes.",
    }),
    action: t.string({
      required: true,
      description: "What it is called, for the user's programs to tell by: 1 to 64 letters, digits, `.`, `_` or `-`.",
    }),
    data: t.field({
      type: 'JSON',
      required: false,
      description: '16,384 bytes at most as JSON in UTF-8, without U+0000 or lone surrogates, nested 64 deep at most.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const answers = addMutation({
  name: 'notify',
  description:
    'For services: tells a user anything, also one not seen yet. Kept in its notifications, pushed at once to those online.',
  input: NotifyInput,
  about: (t: PayloadOf<AboutNotification>) => ({
    notification: t.field({
      type: Notification,
      description: 'What the user was told.',
      resolve: ({ done }, _, { load }) => found(load.notification(done.userId, done.notificationId)),
    }),
    online: t.boolean({
      description:
        'Whether the user had an open connection, on any process. A process that was killed counts for 20 seconds.',
      resolve: async ({ done }, _, { services }) => (await services.presence.online([done.userId])).has(done.userId),
    }),
  }),
  refusals: [],
  decode: (input) => input,
});

const NotifyAllInput = builder.inputType('NotifyAllInput', {
  description: 'Several at once.',
  fields: (t) => ({
    notifications: t.field({
      type: [NotifyInput],
      required: true,
      description:
        '1 to 100, in a request of a megabyte at most. An idempotencyKey is for all of them together: InvalidInput for one ' +
        'that has its own.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'notifyAll',
  description:
    'For services: `notify` up to 100 times, saved together. Each has its own answer: what is refused of them leaves the others theirs.',
  input: NotifyAllInput,
  about: (t: PayloadOf<AboutNotifications>) => ({
    results: t.field({
      type: [answers],
      description: 'One answer for each, in their order. The path of an issue is within the whole input.',
      resolve: ({ done }) => done.notifications.map((one) => ('done' in one ? one : one.refused)) as never,
    }),
  }),
  refusals: [],
  decode: (input) => input,
});
