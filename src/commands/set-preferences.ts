/** A user says by which way it wants to be told of what while it is away, and when not. */

import { z } from 'zod';
import { savePreferences } from '../db/preferences.ts';
import type { AboutUser } from '../domain/book.ts';
import { channels, type Preference } from '../domain/preferences.ts';
import { isTimeOfDay, isTimeZone } from '../domain/quiet-hours.ts';
import { optional } from './inputs.ts';
import type { Solo } from './solo.ts';

const timeOfDay = z.string().refine(isTimeOfDay, 'must be HH:MM, from 00:00 to 23:59');

const quietHours = z
  .object({
    from: timeOfDay,
    to: timeOfDay,
    timeZone: z.string().refine(isTimeZone, 'must be the name of a time zone, as Europe/Berlin'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must be another time than from' });

const preference = z.object({
  action: optional(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')),
  channels: z.array(z.enum(channels)).transform((given) => channels.filter((channel) => given.includes(channel))),
  quietHours: optional(quietHours),
});

const input = z.object({
  preferences: z
    .array(preference)
    .max(100, 'must be at most 100')
    .refine(
      (all) => new Set(all.map(({ action }) => action)).size === all.length,
      'must have each action once, and one without at most',
    ),
});

export const setPreferences: Solo<{ preferences: Preference[] }, AboutUser> = {
  mutation: 'setPreferences',
  input,
  async perform(pool, { preferences }, viewer) {
    await savePreferences(pool, viewer.id, preferences);
    return { done: { userId: viewer.id } };
  },
};
