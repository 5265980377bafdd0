/** The places of topics' last events, read in the same statement as what they must not be newer than. */

import { type SQL, sql } from 'drizzle-orm';
import type { Place } from '../domain/history.ts';
import { orderTopic, vendorsTopic } from '../domain/topics.ts';

/** Where an order's topics stood when it was read. `viewer` is null where the reader was no vendor. */
export type OrderHeads = { order: Place; vendors: Place; viewer: Place | null };

/** The place of a topic's last event as JSON; 0 and '0' for a topic without events. The tag is text: a number of JSON would lose digits. */
export const headOf = (topic: SQL): SQL => sql`(select coalesce(
  (select json_build_object('position', head, 'tag', tag::text) from topics where topic = ${topic}),
  json_build_object('position', 0, 'tag', '0')))`;

/** The heads of an order's topics; `viewerTopic` is a vendor's own topic, or null. */
export const headsOf = (orderId: SQL, viewerTopic: SQL): SQL => sql`json_build_object(
  'order', ${headOf(sql`replace(${orderTopic('*')}::text, '*', ${orderId}::text)`)},
  'vendors', ${headOf(sql`replace(${vendorsTopic('*')}::text, '*', ${orderId}::text)`)},
  'viewer', case when ${viewerTopic} is not null then ${headOf(viewerTopic)} end)`;

const older = (a: Place, b: Place): Place => (a.position <= b.position ? a : b);

/** Of two readings of the same order's heads, what neither is older than. */
export const oldest = (a: OrderHeads, b: OrderHeads): OrderHeads => ({
  order: older(a.order, b.order),
  vendors: older(a.vendors, b.vendors),
  viewer: a.viewer && b.viewer ? older(a.viewer, b.viewer) : (a.viewer ?? b.viewer),
});
