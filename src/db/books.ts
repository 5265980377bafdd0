/** Reads what the rules need of many orders at once: one statement for a whole batch of commands. */

import { sql } from 'drizzle-orm';
import type { Bid } from '../domain/bid.ts';
import type { About, Book, NewOrder, Reader } from '../domain/book.ts';
import type { Confirmation } from '../domain/confirmation.ts';
import { formatAmount } from '../domain/money.ts';
import type { Round } from '../domain/negotiation.ts';
import type { Order } from '../domain/order.ts';
import { type Queryable, statement } from './statement.ts';
import { bids, confirmations, idempotencyKeys, negotiationReaders, negotiations, orders, users } from './tables.ts';

/** A mutation's idempotency key, as it is kept: per viewer and mutation. */
export type Key = { viewerId: string; mutation: string; key: string };

/** What a batch of commands reads. Orders of the named bids are read with them. */
export type Wanted = {
  orders: string[];
  bids: string[];
  /** The bids that these vendors have on these orders. */
  bidders: { orderId: string; vendorId: string }[];
  /** All bids still in the running: of these orders, and of the orders of these bids. */
  running: { orders: string[]; ofBids: string[] };
  /** Whether these exist. */
  users: string[];
  /** Users by their ids in the host application. */
  recipients: string[];
  keys: Key[];
};

export type Books = {
  books: Map<string, Book>;
  /** What no rule asks for, but who tells of an order; not of those with a long description. */
  particulars: Map<string, Particulars>;
  /** The orders of which a deadline has passed that nobody has followed up, with all bids that this may concern. */
  overdue: string[];
  /** The order of each named bid that exists. */
  orderOfBid: Map<string, string>;
  /** Those of the named users that exist. */
  users: Set<string>;
  /** The ids of the named recipients that exist. */
  recipients: Map<string, string>;
  /** What took effect under a key in the last 24 hours. */
  kept: (Key & { input: string; about: About })[];
  /** The database's clock when this was read. */
  now: Date;
};

/** What an order is besides what rules ask for. */
export type Particulars = Pick<NewOrder, 'externalId' | 'title' | 'description' | 'createdAt'>;

/** Characters. A longer description is left to who tells of it: each batch would carry it, to every topic and process. */
const longestDescription = 2_000;

type OrderInRow = Raw<Order> & { particulars: Raw<Particulars> | null };
type Row = {
  orders: OrderInRow[] | null;
  overdue: string[] | null;
  bids: OfOrder<Bid>[] | null;
  rounds: OfOrder<Round>[] | null;
  readers: Reader[] | null;
  confirmations: OfOrder<Confirmation>[] | null;
  users: string[] | null;
  recipients: [string, string][] | null;
  kept: Books['kept'] | null;
  now: string;
};

/** JSON has no dates: they come as text. */
type Raw<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };
type OfOrder<T> = Raw<T> & { orderId: string };
/** The rows that make one book. */
type Parts = {
  bids: OfOrder<Bid>[];
  round: OfOrder<Round> | undefined;
  readers: Reader[];
  pending: OfOrder<Confirmation> | undefined;
};

/** `for no key update`, never `for update`: that would hold up whoever inserts a row that references the order. */
const lock = statement(sql`
  select ${orders.id} from ${orders}
  where ${orders.id} = any(array(
    select unnest(${sql.placeholder('orders')}::uuid[])
    union select ${bids.orderId} from ${bids} where ${bids.id} = any(${sql.placeholder('bids')}::uuid[])
  ))
  order by ${orders.id} for no key update`);

const read = statement<Row>(sql`
  -- One moment for all, after the lock where there is one: what is overdue then is decided on as of then.
  with clock(now) as materialized (select clock_timestamp()),
  wanted(id) as materialized (
    select unnest(${sql.placeholder('orders')}::uuid[])
    union select order_id from ${bids} where id = any(${sql.placeholder('bids')}::uuid[])
  ),
  bidders(order_id, vendor_id) as materialized (
    select * from unnest(${sql.placeholder('bidderOrders')}::uuid[], ${sql.placeholder('bidderVendors')}::uuid[])
  ),
  overdue as materialized (
    select o.id, o.status, o.closes_at from wanted join ${orders} o using (id) where o.due_at <= (select now from clock)
  ),
  running(order_id) as materialized (
    select unnest(${sql.placeholder('runningOrders')}::uuid[])
    union select order_id from ${bids} where id = any(${sql.placeholder('runningOfBids')}::uuid[])
    -- A bid can lapse or be lost by time; one that merely cannot be revised any more is not looked at.
    union select id from overdue where status <> 'OPEN'
      or closes_at <= (select now from clock) - ${sql.placeholder('confirmWithin')}::float8 * interval '1 ms'
  ),
  read_bids as materialized (
    select * from ${bids} where id = any(${sql.placeholder('bids')}::uuid[])
    union select ${bids}.* from ${bids} join bidders using (order_id, vendor_id)
    union select ${bids}.* from ${bids} join running using (order_id) where status in ('ACTIVE', 'CONFIRMED')
  ),
  read_rounds as materialized (
    select n.* from wanted
    join ${orders} o on o.id = wanted.id
    join ${negotiations} n on n.order_id = o.id and n.round = o.rounds
    where n.ended_at is null
  )
  select
    (select json_agg(json_build_object(
      'id', o.id, 'customerId', o.customer_id, 'currency', o.currency, 'visibility', o.visibility, 'status', o.status,
      'closesAt', o.closes_at, 'version', o.version, 'placements', o.placements, 'rounds', o.rounds,
      'confirmBy', o.confirm_by,
      'particulars', case when length(o.description) <= ${sql.raw(String(longestDescription))} then json_build_object(
        'externalId', o.external_id, 'title', o.title, 'description', o.description, 'createdAt', o.created_at
      ) end
    )) from ${orders} o join wanted using (id)) as orders,
    (select json_agg(id) from overdue) as overdue,
    (select json_agg(json_build_object(
      'id', id, 'orderId', order_id, 'vendorId', vendor_id, 'alias', alias, 'amount', amount::text, 'note', note,
      'revision', revision, 'status', status, 'placedAt', placed_at, 'placement', placement
    )) from read_bids) as bids,
    (select json_agg(json_build_object(
      'id', id, 'orderId', order_id, 'round', round, 'message', message, 'targetAmount', target_amount::text,
      'respondBy', respond_by, 'promptedBy', prompted_by, 'createdAt', created_at, 'endedAt', ended_at
    )) from read_rounds) as rounds,
    (select json_agg(json_build_object('negotiationId', r.negotiation_id, 'vendorId', r.vendor_id, 'asked', r.asked))
      from read_rounds n
      join bidders using (order_id)
      join ${negotiationReaders} r on r.negotiation_id = n.id and r.vendor_id = bidders.vendor_id) as readers,
    (select json_agg(json_build_object(
      'bidId', c.bid_id, 'orderId', c.order_id, 'revision', c.revision, 'acceptBy', c.accept_by, 'answer', c.answer,
      'reason', c.reason, 'createdAt', c.created_at, 'endedAt', c.ended_at
    )) from ${confirmations} c join wanted on wanted.id = c.order_id where c.ended_at is null) as confirmations,
    (select json_agg(id) from ${users} where id = any(${sql.placeholder('users')}::uuid[])) as users,
    (select json_agg(json_build_array(external_id, id)) from ${users}
      where external_id = any(${sql.placeholder('recipients')}::text[])) as recipients,
    (select json_agg(json_build_object(
      'viewerId', k.viewer_id, 'mutation', k.mutation, 'key', k.key, 'input', k.input, 'about', k.about
    )) from ${idempotencyKeys} k
      join unnest(${sql.placeholder('keyViewers')}::uuid[], ${sql.placeholder('keyMutations')}::text[], ${sql.placeholder('keys')}::text[])
        as asked(viewer_id, mutation, key) using (viewer_id, mutation, key)
      where k.created_at > now() - interval '24 hours') as kept,
    (select now from clock) as now`);

/** Locks the orders a batch is about, in the order of their ids, until the transaction ends. */
export async function lockOrders(transaction: Queryable, wanted: Wanted): Promise<void> {
  await lock(transaction, { orders: wanted.orders, bids: wanted.bids });
}

/** `confirmWithin`, in milliseconds, tells which orders may have expired since they were closed. */
export async function readBooks(on: Queryable, wanted: Wanted, confirmWithin: number): Promise<Books> {
  const [row] = await read(on, {
    confirmWithin,
    orders: wanted.orders,
    bids: wanted.bids,
    bidderOrders: wanted.bidders.map((bidder) => bidder.orderId),
    bidderVendors: wanted.bidders.map((bidder) => bidder.vendorId),
    runningOrders: wanted.running.orders,
    runningOfBids: wanted.running.ofBids,
    users: wanted.users,
    recipients: wanted.recipients,
    keyViewers: wanted.keys.map((key) => key.viewerId),
    keyMutations: wanted.keys.map((key) => key.mutation),
    keys: wanted.keys.map((key) => key.key),
  });
  if (row === undefined) throw new Error('Reading the books answered no row.');
  const ofOrder = (id: string): Parts => ({
    bids: bidsOf.get(id) ?? [],
    round: roundsOf.get(id)?.[0],
    readers: row.readers ?? [],
    pending: pendingOf.get(id)?.[0],
  });
  const bidsOf = Map.groupBy(row.bids ?? [], (bid) => bid.orderId);
  const roundsOf = Map.groupBy(row.rounds ?? [], (round) => round.orderId);
  const pendingOf = Map.groupBy(row.confirmations ?? [], (confirmation) => confirmation.orderId);
  return {
    books: new Map((row.orders ?? []).map((order) => [order.id, bookOf(order, ofOrder(order.id))])),
    particulars: particularsIn(row.orders ?? []),
    overdue: row.overdue ?? [],
    orderOfBid: new Map((row.bids ?? []).map((bid) => [bid.id, bid.orderId])),
    users: new Set(row.users),
    recipients: new Map(row.recipients),
    kept: row.kept ?? [],
    now: new Date(row.now),
  };
}

const particularsIn = (orders: OrderInRow[]): Books['particulars'] =>
  new Map(
    orders.flatMap(({ id, particulars }) =>
      particulars === null ? [] : [[id, { ...particulars, createdAt: new Date(particulars.createdAt) }]],
    ),
  );

function bookOf({ particulars: _, ...order }: OrderInRow, { bids: itsBids, round, readers, pending }: Parts): Book {
  return {
    order: { ...order, closesAt: dateOf(order.closesAt), confirmBy: dateOf(order.confirmBy) },
    bids: new Map(itsBids.map((bid) => [bid.vendorId, bidOf(bid, order.currency)])),
    round: round === undefined ? null : roundOf(round, readers, order.currency),
    pending: pending === undefined ? null : confirmationOf(pending),
  };
}

const bidOf = ({ orderId: _, ...bid }: OfOrder<Bid>, currency: string): Bid => ({
  ...bid,
  amount: formatAmount(bid.amount, currency),
  placedAt: new Date(bid.placedAt),
});

function roundOf({ orderId: _, ...round }: OfOrder<Round>, readers: Reader[], currency: string): Book['round'] {
  const mine = readers.filter((reader) => reader.negotiationId === round.id);
  return {
    ...round,
    targetAmount: round.targetAmount === null ? null : formatAmount(round.targetAmount, currency),
    respondBy: dateOf(round.respondBy),
    createdAt: new Date(round.createdAt),
    endedAt: dateOf(round.endedAt),
    asked: new Set(mine.filter((reader) => reader.asked).map((reader) => reader.vendorId)),
    readers: new Set(mine.map((reader) => reader.vendorId)),
  };
}

const confirmationOf = ({ orderId: _, ...confirmation }: OfOrder<Confirmation>): Confirmation => ({
  ...confirmation,
  acceptBy: new Date(confirmation.acceptBy),
  createdAt: new Date(confirmation.createdAt),
  endedAt: dateOf(confirmation.endedAt),
});

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
