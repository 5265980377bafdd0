/** Orders and bids as a commit leaves them, answered by the statement that saves: whoever tells of them need not read them again. */

import { sql } from 'drizzle-orm';
import type { Place } from '../domain/history.ts';
import { orderTopic, userTopic, vendorsTopic } from '../domain/topics.ts';
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
export type SnapshotRow = { orders: OrderRow[] | null; bids?: Omit<SavedBid, keyof OfOrder>[] | null };

/** What a bid has of its order. */
type OfOrder = Pick<BidRow, 'currency' | 'customerId' | 'visibility'>;

/** Of the rows that the statement calls `saved`; heads are those of before it. */
export const savedOrders = sql`(select json_agg(row_to_json(o)) from (
    select ${orderColumns}, ${headsOf(sql`o.id`, sql`null::text`)} as heads from saved o
  ) o) as orders`;

const vendorTopic = sql`replace(${userTopic('*')}::text, '*', b.vendor_id::text)`;

/** Of the rows that the statement calls `saved_bids`. */
export const savedBids = sql`(select json_agg(row_to_json(b)) from (
    select ${bidColumns}, ${headOf(vendorTopic)} as "vendorHead" from saved_bids b
  ) b) as bids`;

/** By the order's id. `heads` are the places to which the commit has moved topics, by their names. */
export function snapshotsOf({ orders, bids }: SnapshotRow, heads: ReadonlyMap<string, Place>): Map<string, Snapshot> {
  const ofOrder = Map.groupBy(bids ?? [], ({ orderId }) => orderId);
  const moved = ({ id, heads: before }: OrderRow): OrderRow['heads'] => ({
    order: heads.get(orderTopic(id)) ?? before.order,
    vendors: heads.get(vendorsTopic(id)) ?? before.vendors,
    viewer: null,
  });
  return new Map(
    (orders ?? []).map((row) => {
      const order = { ...row, heads: moved(row) };
      const { currency, customerId, visibility } = order;
      const itsBids = (ofOrder.get(order.id) ?? []).map((bid) => ({ ...bid, currency, customerId, visibility }));
      return [order.id, { order, bids: itsBids }];
    }),
  );
}
