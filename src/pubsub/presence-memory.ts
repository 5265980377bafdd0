/** Who is here within one process: for one machine with nothing installed, and what each process tells the others. */

import { type Presence, type PresenceTimings, presenceTimings } from './presence.ts';

/** In milliseconds since 1970, both ends included. */
export type Span = { since: number; until: number };
/** From a user's first socket or stream here to the end of its last. */
export type Stay = Span & { userId: string };

/** Of each moment whether it lies in any of the spans. */
export const areWithin = (moments: readonly Date[], spans: readonly Span[]): boolean[] =>
  moments.map(Number).map((moment) => spans.some(({ since, until }) => since <= moment && moment <= until));

export type LocalPresence = Presence & {
  /** Since when a user has been here without a break, null if it is not. */
  since(userId: string): number | null;
  /** When a user was here, as far as that is remembered, and is. */
  spans(userId: string): Span[];
  users(): Iterable<string>;
};

/** `onChange` is told of each user that has come or gone; of one that has gone with how long it was here. */
export function createMemoryPresence(
  options: { timings?: Partial<PresenceTimings>; onChange?: (userId: string, stay: Stay | null) => void } = {},
): LocalPresence {
  const { memory } = { ...presenceTimings, ...options.timings };
  const onChange = options.onChange ?? (() => {});
  const here = new Map<string, { since: number; open: number }>();
  const past = createPast(memory);

  function leave(userId: string): void {
    const user = here.get(userId);
    if (!user) return;
    user.open -= 1;
    if (user.open > 0) return;
    here.delete(userId);
    const stay = { userId, since: user.since, until: Date.now() };
    past.add(stay);
    onChange(userId, stay);
  }

  const since = (userId: string): number | null => here.get(userId)?.since ?? null;

  function spans(userId: string): Span[] {
    const current = since(userId);
    return [...past.of(userId), ...(current === null ? [] : [{ since: current, until: Number.POSITIVE_INFINITY }])];
  }

  return {
    enter(userId) {
      const user = here.get(userId);
      if (user) user.open += 1;
      else {
        here.set(userId, { since: Date.now(), open: 1 });
        onChange(userId, null);
      }
    },
    leave,
    online: async (userIds) => new Set(userIds.filter((id) => here.has(id))),
    wasOnline: async (userId, moments) => areWithin(moments, spans(userId)),
    since,
    spans,
    users: () => here.keys(),
    async close() {
      for (const [userId, user] of here) {
        user.open = 1;
        leave(userId);
      }
    },
  };
}

/** Stays that have ended, in two generations: forgetting the older costs nothing, and needs no timer. */
function createPast(memory: number) {
  let [older, newer] = [new Map<string, Stay[]>(), new Map<string, Stay[]>()];
  let began = Date.now();

  function forget(now: number): void {
    if (now - began < memory) return;
    older = now - began < 2 * memory ? newer : new Map();
    newer = new Map();
    began = now;
  }

  return {
    add(stay: Stay): void {
      forget(stay.until);
      const stays = newer.get(stay.userId) ?? [];
      newer.set(stay.userId, stays);
      stays.push(stay);
    },
    of: (userId: string): Stay[] => [...(newer.get(userId) ?? []), ...(older.get(userId) ?? [])],
  };
}
