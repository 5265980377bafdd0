/** Each process hears whose sessions were revoked, from whichever process it was asked of. */

import { setTimeout as rest } from 'node:timers/promises';
import type { Entry } from '../domain/events.ts';
import { type Place, placeOf } from '../domain/history.ts';
import type { Revocation } from '../domain/sessions.ts';
import { sessionsTopic } from '../domain/topics.ts';
import type { Log } from '../log.ts';
import { CursorExpired } from '../pubsub/cursor.ts';
import type { Hub, Member } from '../pubsub/hub.ts';

/** Milliseconds before following is tried again. */
const pause = 500;

export type Revocations = { stop(): Promise<void> };

/**
 * Resolves once nothing that is revoked from now on is missed. `onMissed` is called where the database tells another
 * history than it did: what was revoked meanwhile may be unknown; what is kept of it is heard again.
 */
export async function followRevocations(deps: {
  hub: Hub;
  log: Log;
  onRevoked: (revocation: Revocation) => void;
  onMissed: () => void;
}): Promise<Revocations> {
  const { hub, log, onRevoked, onMissed } = deps;
  const stopping = new AbortController();
  let after: Place | null = null;
  let member = await join();
  const working = work();

  function join(): Promise<Member> {
    return hub.follow({ topic: sessionsTopic, after, wants: () => true });
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        for await (const entry of member) hear(entry);
        // Stopped, or the hub is closed.
        return;
      } catch (error) {
        lost(error);
      }
      await rejoin();
    }
  }

  async function rejoin(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        member = await join();
        return;
      } catch (error) {
        lost(error);
        await rest(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      }
    }
  }

  function hear(entry: Entry): void {
    after = placeOf(entry);
    if (entry.kind !== 'sessionsRevoked') return;
    onRevoked({ userId: entry.data.userId, revokedAt: new Date(entry.data.revokedAt) });
  }

  function lost(error: unknown): void {
    log.warn({ err: error }, 'Revoked sessions could not be followed; it will be tried again');
    if (error instanceof CursorExpired) after = error.oldest;
    onMissed();
  }

  return {
    async stop() {
      stopping.abort();
      await member.return();
      await working;
    },
  };
}
