/**
 * A user has read what it was told, up to a place in its own topic. Nothing is decided and nobody is told, so it is no
 * command of a batch: one statement, in which a mark only moves up.
 */

import type { Viewer } from '../auth/viewer.ts';
import { markRead } from '../db/notification-marks.ts';
import type { Pool } from '../db/statement.ts';
import type { Place } from '../domain/history.ts';

/** Answers null, or from where on there is history where the place is of another one. */
export type MarkNotificationsRead = (viewer: Viewer, upTo: Place) => Promise<Place | null>;

export const markNotificationsRead =
  (db: { $client: Pool }): MarkNotificationsRead =>
  async ({ id: userId, role }, upTo) => {
    if (role === 'SERVICE') throw new Error('A service is told nothing that it could have read.');
    return markRead(db, { userId, party: role }, upTo);
  };
