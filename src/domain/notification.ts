/** Notifications: the entries of its own topic that a user is told, and how far it has read them. */

import type { Entry, Happening, Party } from './events.ts';

/** Up to where a user has read as each that it acts as; 0 where it has not. */
export type Marks = Record<Party, number>;

/** What it is called: its kind of event, or the name that a service gave it. */
export const actionOf = (happening: Happening): string =>
  happening.kind === 'notified' ? happening.data.action : happening.kind;

/** What a user is told whatever it acts as, counts as read by either. */
export const isRead = ({ position, party }: Pick<Entry, 'position' | 'party'>, marks: Marks): boolean =>
  position <= (party === null ? Math.max(marks.CUSTOMER, marks.VENDOR) : marks[party]);
