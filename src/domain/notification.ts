/** Notifications: the entries of its own topic that a user is told, and how far it has read them. */

import type { Entry, Party } from './events.ts';

/** Up to where a user has read as each that it acts as; 0 where it has not. */
export type Marks = Record<Party, number>;

/** What a user is told whatever it acts as, counts as read by either. */
export const isRead = ({ position, party }: Pick<Entry, 'position' | 'party'>, marks: Marks): boolean =>
  position <= (party === null ? Math.max(marks.CUSTOMER, marks.VENDOR) : marks[party]);
