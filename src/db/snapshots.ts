/** Orders and bids as a commit leaves them, answered by the statement that saves: whoever tells of them need not read them again. */

import { type SQL, sql } from 'drizzle-orm';
import type { Place } from '../domain/history.ts';
import { userTopic } from '../domain/topics.ts';
import { type BidRow, bidColumns } from './bids.ts';
import { headOf, headsOf } from './heads.ts';
import { type OrderRow, orderColumns } from './orders.ts';

/** An order as a commit left it, with the bids that were saved with it. */
export type Snapshot = {
  /** The heads are those of after the commit, without a viewer's. */
  order: OrderRow;
  bids: SavedBid[];
};

/** With the place of the last event of its vendor's own topic before the commit. */
export type SavedBid = BidRow & { vendorHead: Place };

/** What the saving statement answers of them. */
export type SnapshotRow = { orders: OrderRow[] | null; bids?: SavedBid[] | null };

/** Where a topic stands after the statement, which has moved `heads`. */
const movedHeadOf = (topic: SQL): SQL => sql`coalesce(
  (select json_build_object('position', h.head, 'tag', h.tag::text) from heads h where h.topic = ${topic}), ${headOf(topic)})`;

/** Of the rows that the statement calls `saved`. */
export const savedOrders = sql`(select json_agg(row_to_json(o)) from (
    select ${orderColumns}, ${headsOf(sql`o.id`, sql`null::text`, movedHeadOf)} as heads from saved o
  ) o) as orders`;

const vendorTopic = sql`replace(${userTopic('*')}::text, '*', b.vendor_id::text)`;

/** Of the rows that the statement calls `saved_bids`. */
export const savedBids = sql`(select json_agg(row_to_json(b)) from (
    select ${bidColumns}, ${headOf(vendorTopic)} as "vendorHead" from saved_bids b join saved o on o.id = b.order_id
  ) b) as bids`;

/** By the order's id. */
export function snapshotsOf({ orders, bids }: SnapshotRow): Map<string, Snapshot> {
  const ofOrder = Map.groupBy(bids ?? [], ({ orderId }) => orderId);
  return new Map((orders ?? []).map((order) => [order.id, { order, bids: ofOrder.get(order.id) ?? [] }]));
}
