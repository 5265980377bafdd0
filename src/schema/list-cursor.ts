/** The cursor of a list: where the viewer's streams stood before it was read. */

import type { Viewer } from '../auth/viewer.ts';
import type { Place } from '../domain/history.ts';
import { marketTopic, userTopic } from '../domain/topics.ts';
import { encodeCursor, generalScope } from '../pubsub/cursor.ts';

/** Of the streams without orderId that the viewer's role has. */
export function listCursor(
  viewer: Pick<Viewer, 'id' | 'role'>,
  heads: { viewerHead: Place; marketHead: Place },
): string {
  const own = { topic: userTopic(viewer.id), ...heads.viewerHead };
  const market = { topic: marketTopic, ...heads.marketHead };
  const places = { CUSTOMER: [own], VENDOR: [own, market], SERVICE: [market] };
  return encodeCursor(generalScope, places[viewer.role]);
}

/** For connections that have a cursor beside their page. */
export const cursorOfList = {
  type: 'Cursor',
  description: 'Read before the list: the `after` of every subscription without orderId.',
  resolve: (list: unknown) => (list as { cursor: string }).cursor,
} as const;
