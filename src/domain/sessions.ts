/** The rules of sessions: a host application ends all that a user has open, and all that its tokens could still open. */

import { sessionsRevoked } from './audience.ts';
import type { AboutUser, Decision } from './book.ts';

/** Tokens of this user that were issued before are refused. */
export type Revocation = { userId: string; revokedAt: Date };

export const revokeSessions = (userId: string, now: Date): Decision<AboutUser> => ({
  changes: { revoked: { userId, revokedAt: now } },
  announcements: [sessionsRevoked({ userId, revokedAt: now })],
  about: { userId },
});
