/** Looks at users who were told something a while ago: what they were away for, and have not read since, becomes digests. */

import { type Away, claimFallbacks, readAway, settleFallbacks } from '../db/fallbacks.ts';
import type { Pool } from '../db/statement.ts';
import { type Parcel, parcels } from '../domain/falling-back.ts';
import type { Channel } from '../domain/preferences.ts';

/** How many users at once. */
const batch = 100;

export type FallBackDeps = {
  db: { $client: Pool };
  channels: readonly Channel[];
  /** Whether a user was on any socket or stream of any process at each of these moments. */
  wasOnline: (userId: string, moments: readonly Date[]) => Promise<boolean[]>;
  /** Milliseconds that a notification may wait to be read. */
  after: number;
  /** Milliseconds after which another process does what this one has begun. */
  lease: number;
};

/** Answers whether there may be more. */
export async function fallBack(deps: FallBackDeps): Promise<boolean> {
  const { db, after, lease } = deps;
  const claims = await claimFallbacks(db.$client, { lease, limit: batch });
  if (claims.length === 0) return false;
  const [{ now } = { now: new Date() }] = claims;
  const users = await readAway(db.$client, claims);
  // Nothing is locked meanwhile: whoever appends must not wait for what others say of who was here.
  const made = await Promise.all(users.map((user) => parcelsOf(user, deps, now)));
  await settleFallbacks(db.$client, { done: claims, parcels: made.flat(), after });
  return claims.length === batch;
}

async function parcelsOf(user: Away, deps: FallBackDeps, now: Date): Promise<(Parcel & { userId: string })[]> {
  const { userId, hasEmail, preferences } = user;
  const channels = deps.channels.filter((channel) => channel !== 'EMAIL' || hasEmail);
  if (channels.length === 0) return [];
  const wasHere = await deps.wasOnline(
    userId,
    user.unread.map(({ at }) => at),
  );
  const missed = user.unread.filter((_, nth) => !wasHere[nth]);
  return parcels(missed, channels, preferences, now).map((parcel) => ({ userId, ...parcel }));
}
