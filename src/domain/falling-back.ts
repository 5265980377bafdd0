/** What goes out to a user who was away: by which channels, when, and what is left of it once it is due. */

import { type Channel, mayGoOut, type Preference } from './preferences.ts';

/** A notification as far as it decides that. */
export type Missed = { position: number; action: string };

/** Notifications that go out together. */
export type Parcel = { channel: Channel; at: Date; positions: number[] };

/** One parcel for each channel and moment: quiet hours may differ from action to action. */
export function parcels(
  missed: readonly Missed[],
  channels: readonly Channel[],
  preferences: readonly Preference[],
  now: Date,
): Parcel[] {
  return channels.flatMap((channel) => {
    const byMoment = new Map<number, number[]>();
    for (const notification of missed) {
      const at = mayGoOut(notification, channel, preferences, now)?.getTime();
      if (at !== undefined) byMoment.set(at, [...(byMoment.get(at) ?? []), notification.position]);
    }
    return [...byMoment].map(([at, positions]) => ({ channel, at: new Date(at), positions }));
  });
}

/** Of a parcel that is due: what its user still wants; and until when it has to wait, if it came into quiet hours. */
export function remaining<T extends { action: string }>(
  unread: readonly T[],
  channel: Channel,
  preferences: readonly Preference[],
  now: Date,
): { wanted: T[]; wait: Date | null } {
  const moments = unread.map((notification) => mayGoOut(notification, channel, preferences, now));
  const latest = Math.max(...moments.map(Number));
  return {
    wanted: unread.filter((_, nth) => moments[nth] !== null),
    wait: latest > now.getTime() ? new Date(latest) : null,
  };
}
