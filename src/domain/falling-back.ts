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
    const when = timetable(channel, preferences, now);
    const byMoment = Map.groupBy(missed, ({ action }) => when(action)?.getTime());
    return [...byMoment].flatMap(([at, together]) =>
      at === undefined ? [] : [{ channel, at: new Date(at), positions: together.map(({ position }) => position) }],
    );
  });
}

/** When notifications may go out, by their action: worked out once for each, since they may be many. */
function timetable(channel: Channel, preferences: readonly Preference[], now: Date): (action: string) => Date | null {
  const known = new Map<string, Date | null>();
  return (action) => {
    const at = known.get(action) ?? mayGoOut({ action }, channel, preferences, now);
    known.set(action, at);
    return at;
  };
}

/** Of a parcel that is due: what its user still wants; and until when it has to wait, if it came into quiet hours. */
export function remaining<T extends { action: string }>(
  unread: readonly T[],
  channel: Channel,
  preferences: readonly Preference[],
  now: Date,
): { wanted: T[]; wait: Date | null } {
  const when = timetable(channel, preferences, now);
  const wanted = unread.filter(({ action }) => when(action) !== null);
  const latest = wanted.reduce((late, { action }) => Math.max(late, Number(when(action))), 0);
  return { wanted, wait: latest > now.getTime() ? new Date(latest) : null };
}
