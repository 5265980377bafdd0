/** The host application tells users anything, by a name and with data of its own; one, or many at once. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { AboutNotification, AboutNotifications, Refused } from '../domain/book.ts';
import * as rules from '../domain/notifying.ts';
import { type Command, issuesOf } from './command.ts';
import { idempotencyKey, optional, text } from './inputs.ts';
import { json } from './json.ts';

const notification = {
  to: text(255, 1),
  action: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"'),
  data: optional(json(16)),
};

const one = z.object({ ...notification, idempotencyKey });
type One = z.infer<typeof one>;

/** One of several, which is refused alone: the issue's path is within the whole input. */
const ofSeveral = z.object({
  ...notification,
  idempotencyKey: z.null({ error: 'is not for one of several: give it to all of them together' }).optional(),
});
const each = z.array(z.unknown()).transform((items) =>
  items.map((item, nth): Notification | Refused => {
    const parsed = ofSeveral.safeParse(item);
    if (parsed.success) return parsed.data;
    return { refused: { code: 'INVALID_INPUT', issues: issuesOf(parsed.error, ['notifications', String(nth)]) } };
  }),
);

const several = z.object({
  notifications: z.array(z.unknown()).min(1, 'must be at least one').max(100, 'must be 100 at most').pipe(each),
  idempotencyKey,
});
type Several = z.infer<typeof several>;
type Notification = Omit<One, 'idempotencyKey'>;

export const notify: Command<One, AboutNotification> = {
  mutation: 'notify',
  input: one,
  reads: ({ to }) => ({ recipients: [to] }),
  decide: (found, request) => rules.notify(requestOf(request), found.recipient),
};

export const notifyAll: Command<Several, AboutNotifications> = {
  mutation: 'notifyAll',
  input: several,
  reads: ({ notifications }) => ({ recipients: notifications.flatMap((item) => ('to' in item ? [item.to] : [])) }),
  decide: (found, { notifications }) =>
    rules.notifyAll(
      notifications.map((item) => ('refused' in item ? item : requestOf(item))),
      found.recipient,
    ),
};

const requestOf = ({ to, action, data }: Notification): rules.Notify => ({
  to,
  action,
  data,
  fresh: { notificationId: randomUUID(), userId: randomUUID() },
});
