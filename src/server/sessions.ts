/** The open sockets and streams of each user in this process, so that they end when its tokens are revoked. */

import { isRevoked, type Revocation } from '../auth/revocation.ts';
import type { Viewer } from '../auth/viewer.ts';

export type Sessions = {
  /** `end` is called when the viewer's token is revoked. Answers a function that takes it out. */
  add(viewer: Viewer, end: () => void): () => void;
  /** Ends what was opened with tokens from before; those that a newer token opened stay. */
  revoke(revocation: Revocation): void;
};

export function createSessions(): Sessions {
  const open = new Map<string, Set<Session>>();

  return {
    add({ id, issuedAt }, end) {
      const session = { issuedAt, end };
      const ofUser = open.get(id) ?? new Set();
      open.set(id, ofUser.add(session));
      return () => {
        ofUser.delete(session);
        if (ofUser.size === 0 && open.get(id) === ofUser) open.delete(id);
      };
    },
    revoke(revocation) {
      // A token that was found good in this very turn is added before the next.
      setImmediate(() => {
        for (const session of [...(open.get(revocation.userId) ?? [])]) {
          if (isRevoked(session, revocation)) session.end();
        }
      });
    },
  };
}

type Session = { issuedAt: Date; end: () => void };
