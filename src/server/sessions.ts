/** The open sockets and streams of each user in this process, so that they end when its tokens are revoked. */

import { isRevoked, type Revocation } from '../auth/revocation.ts';
import type { Viewer } from '../auth/viewer.ts';

/** What a token opened. */
export type Session = {
  readonly viewer: Viewer | null;
  /** Its token was revoked. */
  revoke(): void;
};

export type Sessions = {
  add(viewer: Viewer, session: Session): void;
  remove(viewer: Viewer, session: Session): void;
  /** Ends what was opened with tokens from before; those that a newer token opened stay. */
  revoke(revocation: Revocation): void;
};

export function createSessions(): Sessions {
  /** Nearly all users have one. */
  const open = new Map<string, Session | Set<Session>>();

  return {
    add({ id }, session) {
      const those = open.get(id);
      if (those === undefined) open.set(id, session);
      else if (those instanceof Set) those.add(session);
      else open.set(id, new Set([those, session]));
    },
    remove({ id }, session) {
      const those = open.get(id);
      if (those === session) open.delete(id);
      else if (those instanceof Set && those.delete(session) && those.size === 0) open.delete(id);
    },
    revoke(revocation) {
      // A token that was found good in this very turn is added before the next.
      setImmediate(() => {
        const those = open.get(revocation.userId);
        if (those === undefined) return;
        for (const session of those instanceof Set ? [...those] : [those]) {
          if (session.viewer && isRevoked(session.viewer, revocation)) session.revoke();
        }
      });
    },
  };
}
