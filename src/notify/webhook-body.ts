/** What a webhook says: the same as the notifications in the API do, and whose they are. */

import { lineOf, type Told } from '../domain/digest.ts';
import type { Message } from './sender.ts';

/** As JSON; `notificationId` makes the id that the API has for a notification. */
export function bodyOf(message: Message, options: { now: Date; notificationId: (id: string) => string }): string {
  const { to, digest } = message;
  const { now, notificationId } = options;
  return JSON.stringify({
    type: 'notifications.unread',
    timestamp: now.toISOString(),
    data: {
      user: { externalId: to.externalId },
      notifications: digest.map((told) => ({ id: notificationId(told.id), ...shown(told) })),
    },
  });
}

/** `text` is ready to be sent on, as in a mail; an order is known to the host application by its own id. */
const shown = (told: Told) => ({
  action: told.happening.kind,
  text: lineOf(told).text,
  data: null,
  order: told.order && { externalId: told.order.externalId, title: told.order.title },
  createdAt: told.at.toISOString(),
});
