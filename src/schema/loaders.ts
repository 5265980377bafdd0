/** Reads together what an answer's fields ask for one by one, and remembers how old the oldest of it is. */

import DataLoader from 'dataloader';
import type { Snapshot } from '../commands/snapshots.ts';
import {
  type BidFilter,
  type BidKey,
  type BidRow,
  bidsById,
  bidsOfOrders,
  bidsOfVendor,
  countBids,
  runningBidders,
  standingsOf,
} from '../db/bids.ts';
import { type ConfirmationRow, latestConfirmations } from '../db/confirmations.ts';
import type { Database } from '../db/connection.ts';
import { type DeliveryRow, deliveriesById } from '../db/failed-deliveries.ts';
import { type OrderHeads, oldest } from '../db/heads.ts';
import {
  type NegotiationKey,
  type NegotiationRow,
  negotiationsById,
  negotiationsOfOrders,
  readableBy,
} from '../db/negotiations.ts';
import { marksOfUsers } from '../db/notification-marks.ts';
import { notificationsById } from '../db/notifications.ts';
import {
  type OrderKey,
  type OrderList,
  type OrderListValues,
  type OrderRow,
  type OrderScope,
  orderList,
  ordersById,
} from '../db/orders.ts';
import { inOrder, type Page, type Slice, slice } from '../db/pages.ts';
import { biddersOf, customersAmong, type UserRow, usersById } from '../db/users.ts';
import type { Entry } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import type { Marks } from '../domain/notification.ts';
import type { FullStanding } from '../domain/standing.ts';
import { orderTopic, userTopic } from '../domain/topics.ts';

/** Stands for where a topic is that nobody asks for: only vendors have it in their cursors. */
const beginning: Place = { position: 0, tag: '0' };

export type Loaders = ReturnType<typeof createLoaders>;

/**
 * `vendorId` is the vendor that asks, whose own topic is part of an order's cursor; null for everybody else. `learn` is told
 * how far an order's topic had come when it was read: what is told of the order from then on must not be older.
 */
export function createLoaders(db: Database, vendorId: string | null, learn: (topic: string, reached: Place) => void) {
  const viewerTopic = vendorId === null ? null : userTopic(vendorId);
  const loaders = new Map<string, DataLoader<string, unknown>>();
  const running = new Set<Promise<unknown>>();
  const heads = new Map<string, OrderHeads>();

  /** One loader per statement and its values, made at its first use. */
  function batched<Value>(
    name: string,
    read: (keys: readonly string[]) => Promise<Value[]>,
  ): DataLoader<string, Value> {
    const known = loaders.get(name) as DataLoader<string, Value> | undefined;
    if (known) return known;
    const made = new DataLoader<string, Value>((keys) => follow(read(keys)));
    loaders.set(name, made as DataLoader<string, unknown>);
    return made;
  }

  function follow<Value>(reading: Promise<Value>): Promise<Value> {
    running.add(reading);
    const done = () => running.delete(reading);
    reading.then(done, done);
    return reading;
  }

  /** Keeps in mind where an order's topics stood when a row of it was read. */
  function note<Row extends { heads: OrderHeads }>(rows: Row[], orderIdOf: (row: Row) => string): Row[] {
    for (const row of rows) {
      const orderId = orderIdOf(row);
      const known = heads.get(orderId);
      heads.set(orderId, known ? oldest(known, row.heads) : row.heads);
      learn(orderTopic(orderId), row.heads.order);
    }
    return rows;
  }

  const rowsOf = <Row>(name: string, read: (keys: readonly string[]) => Promise<Row[]>, keyOf: (row: Row) => string) =>
    batched<Row | null>(name, async (keys) => inOrder(keys, await read(keys), keyOf));

  const byId = <Row extends { id: string; heads: OrderHeads }>(
    name: string,
    read: (db: Database, keys: readonly string[], viewerTopic: string | null) => Promise<Row[]>,
    orderIdOf: (row: Row) => string,
  ) =>
    rowsOf(
      name,
      async (keys) => note(await read(db, keys, viewerTopic), orderIdOf),
      ({ id }) => id,
    );

  /** In place of what was read before. */
  const prime = <Row extends { id: string }>(loader: DataLoader<string, Row | null>, row: Row): void =>
    void loader.clear(row.id).prime(row.id, row);

  const order = () => byId('order', ordersById, ({ id }) => id);
  const bid = () => byId('bid', bidsById, ({ orderId }) => orderId);

  function slices<Row extends { orderId: string }>(
    keys: readonly string[],
    rows: Row[],
    page: Page<unknown>,
  ): Slice<Row>[] {
    const byOrder = Map.groupBy(rows, ({ orderId }) => orderId);
    return keys.map((key) => slice(byOrder.get(key) ?? [], page));
  }

  const present = async (keys: readonly string[], found: Promise<{ id: string }[]>): Promise<boolean[]> => {
    const ids = new Set((await found).map(({ id }) => id));
    return keys.map((key) => ids.has(key));
  };

  return {
    isOfVendor: vendorId !== null,

    order: (id: string): Promise<OrderRow | null> => order().load(id),
    bid: (id: string): Promise<BidRow | null> => bid().load(id),
    negotiation: (id: string): Promise<NegotiationRow | null> =>
      byId('negotiation', negotiationsById, ({ orderId }) => orderId).load(id),
    user: (id: string): Promise<UserRow | null> =>
      rowsOf(
        'user',
        (ids) => usersById(db, ids),
        (row) => row.id,
      ).load(id),
    delivery: (id: string): Promise<DeliveryRow | null> =>
      rowsOf(
        'delivery',
        (ids) => deliveriesById(db.$client, ids),
        (row) => row.id,
      ).load(id),
    confirmation: (bidId: string): Promise<ConfirmationRow | null> =>
      rowsOf(
        'confirmation',
        (ids) => latestConfirmations(db, ids),
        (row) => row.bidId,
      ).load(bidId),

    /** A vendor's own bid on an order. */
    bidOf: (vendor: string, orderId: string): Promise<BidRow | null> =>
      rowsOf(
        `bidOf ${vendor}`,
        (ids) => bidsOfVendor(db, vendor, ids),
        (row) => row.orderId,
      ).load(orderId),
    /** How a vendor's ACTIVE bid on an order stands, in full. */
    standing: (vendor: string, orderId: string): Promise<(FullStanding & { orderId: string }) | null> =>
      rowsOf(
        `standing ${vendor}`,
        (ids) => standingsOf(db, vendor, ids),
        (row) => row.orderId,
      ).load(orderId),

    bids: (orderId: string, page: Page<BidKey>, filter: BidFilter): Promise<Slice<BidRow>> =>
      batched(`bids ${JSON.stringify([page, filter])}`, async (ids) =>
        slices(ids, await bidsOfOrders(db, ids, page, filter), page),
      ).load(orderId),
    bidCount: (orderId: string, filter: BidFilter): Promise<number> =>
      rowsOf(
        `bidCount ${JSON.stringify(filter)}`,
        (ids) => countBids(db, ids, filter),
        (row) => row.orderId,
      )
        .load(orderId)
        .then((row) => row?.count ?? 0),
    negotiations: (
      orderId: string,
      page: Page<NegotiationKey>,
      reader: { vendorId: string | null },
    ): Promise<Slice<NegotiationRow>> =>
      batched(`negotiations ${JSON.stringify([page, reader])}`, async (ids) =>
        slices(ids, await negotiationsOfOrders(db, ids, page, reader), page),
      ).load(orderId),

    /** Whether a vendor may read a round. */
    mayRead: (vendor: string, negotiationId: string): Promise<boolean> =>
      batched(`mayRead ${vendor}`, (ids) => present(ids, readableBy(db, vendor, ids))).load(negotiationId),
    /** Whether a user has bid on an order of a customer. */
    hasBidFor: (customerId: string, userId: string): Promise<boolean> =>
      batched(`hasBidFor ${customerId}`, (ids) => present(ids, biddersOf(db, customerId, ids))).load(userId),
    /** Whether a user has posted any order. */
    hasPosted: (userId: string): Promise<boolean> =>
      batched('hasPosted', (ids) => present(ids, customersAmong(db, ids))).load(userId),

    /** What a user was told, by its id. */
    notification: (userId: string, id: string): Promise<Entry | null> =>
      rowsOf(
        `notification ${userId}`,
        (ids) => notificationsById(db, userId, ids),
        (row) => row.id,
      ).load(id),
    /** Up to where a user has read what it was told. */
    marks: (userId: string): Promise<Marks> =>
      batched('marks', async (ids) => {
        const marks = await marksOfUsers(db, ids);
        return ids.map((id) => marks.get(id) ?? { CUSTOMER: 0, VENDOR: 0 });
      }).load(userId),
    /** The vendors whose bids on an order are in the running. */
    bidders: (orderId: string): Promise<string[]> =>
      batched('bidders', async (ids) => {
        const byOrder = Map.groupBy(await runningBidders(db, ids), (row) => row.orderId);
        return ids.map((id) => (byOrder.get(id) ?? []).map(({ vendorId }) => vendorId));
      }).load(orderId),

    /** A viewer's list. Fields that lead back to its orders find them here. */
    orders: (
      scope: OrderScope,
      page: Page<OrderKey>,
      values: Omit<OrderListValues, 'viewerTopic'>,
    ): Promise<OrderList> =>
      follow(
        orderList(db, scope, page, { ...values, viewerTopic }).then((found) => {
          for (const row of note(found.rows, ({ id }) => id)) order().prime(row.id, row);
          return found;
        }),
      ),

    /**
     * Where an order's topics stood before anything that this answer tells of the order was read. What is being read at
     * this moment may turn out older than what is there already, so it is waited for; what is read later is newer.
     */
    async headsOf(orderId: string): Promise<OrderHeads | undefined> {
      await Promise.allSettled([...running]);
      return heads.get(orderId);
    },
    /** Spares reading an order, and the bids that were saved with it. A vendor has no cursor of it then. */
    prime({ order: known, bids, heads: moved }: Snapshot): void {
      const heads = { order: moved.order, vendors: moved.vendors ?? beginning, viewer: null };
      note([{ ...known, heads }], ({ id }) => id);
      prime(order(), { ...known, heads });
      for (const one of bids) prime(bid(), { ...one, heads });
    },
    /** After something has changed: nothing that was read before is so any more. */
    forget(): void {
      loaders.clear();
      heads.clear();
    },
  };
}
