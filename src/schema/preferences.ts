/** What users want to be told by which way while they are away: the types, asking, and setting it. */

import type { Database } from '../db/connection.ts';
import { preferencesOf } from '../db/preferences.ts';
import type { AboutUser } from '../domain/book.ts';
import { type channels, complete, type Preference as Held } from '../domain/preferences.ts';
import type { QuietHours as Hours } from '../domain/quiet-hours.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { addMutation, type PayloadOf } from './mutation.ts';

export const Channel = builder.enumType('Channel', {
  description: 'A way to tell a user that is on no socket.',
  values: {
    EMAIL: { description: 'A mail to its address.' },
    WEBHOOK: { description: 'A request to the host application, which may send it on by SMS or chat.' },
  } satisfies Record<(typeof channels)[number], object>,
});

const QuietHours = builder.objectRef<Hours>('QuietHours').implement({
  description: 'Hours of every day in which nothing goes out; it waits until they end.',
  fields: (t) => ({
    from: t.exposeString('from', { description: 'When they begin by the clock on the wall: HH:MM.' }),
    to: t.exposeString('to', {
      description:
        'When they end: HH:MM. Earlier than `from`: on the next day. An hour that a change of clocks leaves out ends with it.',
    }),
    timeZone: t.exposeString('timeZone', { description: 'Of that clock, by the IANA: Europe/Berlin.' }),
  }),
});

const Preference = builder.objectRef<Held>('Preference').implement({
  description: 'By which ways a user is told of one action while it is away, and when not.',
  fields: (t) => ({
    action: t.exposeString('action', {
      nullable: true,
      description: '`Notification.action`; null: all that have no preference of their own.',
    }),
    channels: t.field({
      type: [Channel],
      description: 'The ways that are on; none: it only stands in the notifications.',
      resolve: ({ channels: on }) => [...on],
    }),
    quietHours: t.field({
      type: QuietHours,
      nullable: true,
      description: 'When nothing goes out; null: at any hour.',
      resolve: ({ quietHours }) => quietHours,
    }),
  }),
});

/** All of a user's, that for all other actions first. */
const completePreferences = async (db: Database, userId: string): Promise<Held[]> =>
  complete(await preferencesOf(db.$client, userId));

builder.queryField('preferences', (t) =>
  t.field({
    type: [Preference],
    nullable: true,
    description:
      "The viewer's own, for customers and vendors: first that for all actions that have none of their own. Who has set nothing is told by every way at any hour.",
    resolve: (_, __, context) => completePreferences(context.services.db, viewerOf(context).id),
  }),
);

const QuietHoursInput = builder.inputType('QuietHoursInput', {
  description: 'Hours of every day in which nothing goes out.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'When they begin by the clock on the wall: HH:MM, 00:00 to 23:59.' }),
    to: t.string({ required: true, description: 'When they end. Earlier than `from`: on the next day. Not the same.' }),
    timeZone: t.string({ required: true, description: 'Of that clock, by the IANA: Europe/Berlin; no offset.' }),
  }),
});

const PreferenceInput = builder.inputType('PreferenceInput', {
  description: 'What holds for one action, or for all others.',
  fields: (t) => ({
    action: t.string({
      required: false,
      description:
        '`Notification.action`: 1 to 64 letters, digits, `.`, `_`, `-`. Unset: for all that have no preference of their own.',
    }),
    channels: t.field({ type: [Channel], required: true, description: 'The ways that are on; none: [].' }),
    quietHours: t.field({ type: QuietHoursInput, required: false, description: 'Unset: at any hour.' }),
  }),
});

const SetPreferencesInput = builder.inputType('SetPreferencesInput', {
  description: 'All preferences, in the place of those there were.',
  fields: (t) => ({
    preferences: t.field({
      type: [PreferenceInput],
      required: true,
      description:
        '100 at most, each action once. An action that is not here is told as the one without an action says.',
    }),
  }),
});

addMutation({
  name: 'setPreferences',
  description:
    'For customers and vendors: how the viewer itself is told of what happens while it is away. Holds for what is on its way, too.',
  input: SetPreferencesInput,
  about: (t: PayloadOf<AboutUser>) => ({
    preferences: t.field({
      type: [Preference],
      description: 'All that hold now, that for all other actions first.',
      resolve: ({ done }, _, { services }) => completePreferences(services.db, done.userId),
    }),
  }),
  refusals: [],
  keyed: false,
  decode: (input) => input,
});
