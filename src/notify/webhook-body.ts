/** What a webhook says: the same as the notifications in the API do, and whose they are. */

import { lineOf, type Told } from '../domain/digest.ts';
import type { Happening } from '../domain/events.ts';
import { actionOf } from '../domain/notification.ts';
import type { Message } from './sender.ts';

/** A notification's id and data as the API shows them. */
export type InApi = { id: (id: string) => string; data: (happening: Happening) => unknown };

/** Bytes of notifications: many a web server takes a megabyte and no more. */
const mostBytes = 512 * 1024;

/** As JSON. What would make it too large is counted with the rest. */
export function bodyOf({ to, digest }: Message, { now, inApi }: { now: Date; inApi: InApi }): string {
  let room = mostBytes;
  const notifications = digest.told
    .map((told) => shown(told, inApi))
    .filter((notification) => {
      room -= Buffer.byteLength(JSON.stringify(notification));
      return room >= 0;
    });
  return JSON.stringify({
    type: 'notifications.unread',
    timestamp: now.toISOString(),
    data: {
      user: { externalId: to.externalId },
      notifications,
      more: digest.more + digest.told.length - notifications.length,
    },
  });
}

/** `title` and `text` are ready to be sent on, as in a mail; an order is known to the host application by its own id. */
const shown = (told: Told, inApi: InApi) => ({
  id: inApi.id(told.id),
  action: actionOf(told.happening),
  ...lineOf(told),
  data: inApi.data(told.happening),
  order: told.order && { externalId: told.order.externalId, title: told.order.title },
  createdAt: told.at.toISOString(),
});
