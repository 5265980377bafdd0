/** Orders and bids as a commit left them, made of what was read and decided: whoever tells of them need not read them again. */

import type { BidRow } from '../db/bids.ts';
import type { Books, Particulars } from '../db/books.ts';
import type { OrderRow } from '../db/orders.ts';
import type { Batch, Saved } from '../db/save.ts';
import { type Bid, isRetired } from '../domain/bid.ts';
import type { Entry } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import { type Order, statusAt } from '../domain/order.ts';
import { orderTopic, vendorsTopic } from '../domain/topics.ts';

/**
 * To be raised whenever snapshots have something else: processes of two versions of the program ring for each other while one
 * is replaced.
 */
export const snapshotForm = 1;

/** An order as a commit left it, with the bids that were saved with it, as they are read otherwise. */
export type Snapshot = {
  form: number;
  order: Omit<OrderRow, 'heads'>;
  bids: BidRow[];
  /** Where the commit has moved the order's topic, and that of what vendors may know, if it did. */
  heads: { order: Place; vendors: Place | null };
};

/** By the order's id, of those that were saved and of which something was told. */
export function takeSnapshots(batch: Batch, read: Books, saved: Saved): Map<string, Snapshot> {
  const heads = headsAfter(batch, saved);
  const bids = Map.groupBy(batch.bids, ({ orderId }) => orderId);
  const snapshots = new Map<string, Snapshot>();
  const note = (order: Omit<Order, 'confirmBy' | 'version'>, particulars: Particulars | undefined): void => {
    const { id } = order;
    const head = heads.get(orderTopic(id));
    if (particulars === undefined || head === undefined || !saved.orders.has(id)) return;
    snapshots.set(id, {
      form: snapshotForm,
      order: orderRow(order, particulars, read.now),
      bids: (bids.get(id) ?? []).map((bid) => bidRow(bid, order)),
      heads: { order: head, vendors: heads.get(vendorsTopic(id)) ?? null },
    });
  };
  for (const order of batch.created) note(order, order);
  for (const order of batch.changed) note(order, read.particulars.get(order.id));
  return snapshots;
}

/**
 * Characters, about, of the bids of one order in all the topics that they are carried to. Where an order ends, each vendor
 * that lost has a topic and a bid: a thousand of them would be a million bids.
 */
const mostCarried = 400_000;
/** Characters of a bid, without its note. */
const ofBid = 400;

/** Those that cost less to carry to all topics of these events than to read where they are told. */
export function carried(snapshots: ReadonlyMap<string, Snapshot>, entries: Entry[]): Record<string, Snapshot> {
  const topics = Map.groupBy(entries, ({ orderId }) => orderId);
  const isLight = ([id, { bids }]: [string, Snapshot]): boolean => {
    const ofBids = bids.reduce((sum, { note }) => sum + ofBid + (note?.length ?? 0), 0);
    return ofBids * new Set(topics.get(id)?.map(({ topic }) => topic)).size <= mostCarried;
  };
  return Object.fromEntries([...snapshots].filter(isLight));
}

/** Where the events that were saved have moved their topics. */
function headsAfter({ events }: Batch, { positions }: Saved): Map<string, Place> {
  const heads = new Map<string, Place>();
  for (const [nth, { topic, tag }] of events.entries()) {
    const position = positions.get(nth);
    // In the order in which they happened: the last one of a topic is its head.
    if (position !== undefined) heads.set(topic, { position, tag });
  }
  return heads;
}

const orderRow = (
  order: Omit<Order, 'confirmBy' | 'version'>,
  { externalId, title, description, createdAt }: Particulars,
  now: Date,
): Snapshot['order'] => ({
  id: order.id,
  customerId: order.customerId,
  externalId,
  title,
  description,
  currency: order.currency,
  visibility: order.visibility,
  status: statusAt(order, now),
  closesAt: order.closesAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

const bidRow = (
  bid: Bid & { orderId: string },
  order: Pick<Order, 'currency' | 'customerId' | 'visibility'>,
): BidRow => ({
  id: bid.id,
  orderId: bid.orderId,
  vendorId: bid.vendorId,
  alias: bid.alias,
  amount: bid.amount,
  note: bid.note,
  revision: bid.revision,
  status: bid.status,
  placedAt: bid.placedAt.toISOString(),
  retired: isRetired(bid),
  currency: order.currency,
  customerId: order.customerId,
  visibility: order.visibility,
});
