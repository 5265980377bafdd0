/** What a user wants to be told by which way while it is away, by the kind of notification. */

import { earliest, type QuietHours } from './quiet-hours.ts';

export const channels = ['EMAIL', 'WEBHOOK'] as const;
/** A way to reach who is on no socket. */
export type Channel = (typeof channels)[number];

/** What holds for one action; null: for all that have none of their own. */
export type Preference = { action: string | null; channels: readonly Channel[]; quietHours: QuietHours | null };

/** For whoever has not said anything: every way, at any hour. */
export const unsaid: Preference = { action: null, channels, quietHours: null };

/** An action's own preference takes the place of the one for all others, whole. */
export const preferenceFor = (action: string, preferences: readonly Preference[]): Preference =>
  preferences.find((one) => one.action === action) ?? preferences.find((one) => one.action === null) ?? unsaid;

/** When a notification may go out by a channel at the earliest; null: not at all. */
export function mayGoOut(
  notification: { action: string },
  channel: Channel,
  preferences: readonly Preference[],
  now: Date,
): Date | null {
  const { channels: on, quietHours } = preferenceFor(notification.action, preferences);
  return on.includes(channel) ? earliest(now, quietHours) : null;
}

/** The same without one channel, for all actions. */
export const without = (channel: Channel, preferences: readonly Preference[]): Preference[] =>
  complete(preferences).map((one) => ({ ...one, channels: one.channels.filter((other) => other !== channel) }));

/** With the one for all others, which comes first. */
export const complete = (preferences: readonly Preference[]): Preference[] => [
  preferenceFor('', preferences),
  ...preferences.filter(({ action }) => action !== null),
];
