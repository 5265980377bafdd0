/** The rule of telling users anything: also one that was not seen before, who finds it when it first comes. */

import { notified } from './audience.ts';
import type { AboutNotification, AboutNotifications, Accepted, Decision, Refused } from './book.ts';
import type { ApartData } from './events.ts';

export type Notify = ApartData['notified'] & {
  /** The user's id in the host application. */
  to: string;
  fresh: { notificationId: string; userId: string };
};

/** The id of a user by its id in the host application; undefined where there is none yet. */
type Known = (externalId: string) => string | undefined;

export function notify(request: Notify, known: Known): Accepted<AboutNotification> {
  const { action, data, to, fresh } = request;
  const found = known(to);
  const userId = found ?? fresh.userId;
  return {
    changes: { newcomers: found === undefined ? [{ id: userId, externalId: to }] : [] },
    announcements: [notified(fresh.notificationId, userId, { action, data })],
    about: { userId, notificationId: fresh.notificationId },
  };
}

/** One after the other, each with its own answer: what is refused of them leaves the others theirs. */
export function notifyAll(requests: (Notify | Refused)[], known: Known): Decision<AboutNotifications> {
  const met = new Map<string, string>();
  const decided = requests.map((request) => {
    if ('refused' in request) return request;
    const accepted = notify(request, (externalId) => met.get(externalId) ?? known(externalId));
    for (const { id, externalId } of accepted.changes.newcomers ?? []) met.set(externalId, id);
    return accepted;
  });
  const accepted = decided.filter((one) => 'about' in one);
  return {
    changes: { newcomers: accepted.flatMap(({ changes }) => changes.newcomers ?? []) },
    announcements: accepted.flatMap(({ announcements }) => announcements),
    about: { notifications: decided.map((one) => ('about' in one ? { done: one.about } : one)) },
  };
}
