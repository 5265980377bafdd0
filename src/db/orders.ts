/** Reading orders: by id, and as lists. */

import { type SQL, sql } from 'drizzle-orm';
import type { Place } from '../domain/history.ts';
import type { OrderStatus } from '../domain/order.ts';
import type { BidVisibility } from '../domain/standing.ts';
import type { Database } from './connection.ts';
import { headOf, headsOf, type OrderHeads } from './heads.ts';
import { filtered, type Page, pageStatements, type Shape, type Slice, slice, within } from './pages.ts';
import { rowsTogether } from './together.ts';

export type OrderRow = {
  id: string;
  customerId: string;
  externalId: string | null;
  title: string;
  description: string;
  currency: string;
  visibility: BidVisibility;
  /** As it reads now by the database's clock. */
  status: OrderStatus;
  closesAt: string | null;
  createdAt: string;
  heads: OrderHeads;
};

/** The status by the clock: OPEN reads as CLOSED from `closes_at` on, also before anybody wrote it down. */
const status = sql`case when o.status = 'OPEN' and o.closes_at <= statement_timestamp() then 'CLOSED' else o.status::text end`;

const columns = (
  viewerTopic: SQL,
): SQL => sql`o.id, o.customer_id as "customerId", o.external_id as "externalId", o.title, o.description, o.currency,
  o.visibility::text as visibility, ${status} as status, o.closes_at as "closesAt", o.created_at as "createdAt",
  ${headsOf(sql`o.id`, viewerTopic)} as heads`;

export const ordersById = rowsTogether<OrderRow>(
  columns(sql`asked.viewer_topic`),
  sql`join orders o on o.id = asked.id`,
);

/** Newest first, so the key descends. */
export type OrderKey = { createdAt: string; id: string };

/**
 * Whose list it is. `customer`: what it posted. `service`: all. `market`: what vendors may bid on and this one has not.
 * `bidOn`: what this vendor has bid on. `vendor`: both of these.
 */
export type OrderScope = 'customer' | 'service' | 'market' | 'bidOn' | 'vendor';

const viewer = sql`${sql.placeholder('viewerId')}::uuid`;
/*
 * Found first, by the vendor: `exists` for each order lets the planner read the newest orders until enough of them have a
 * bid of this vendor, which may be all there are.
 */
const hasBid = sql`o.id = any(array(select b.order_id from bids b where b.vendor_id = ${viewer}))`;
const isOpen = sql`o.status = 'OPEN' and (o.closes_at is null or o.closes_at > statement_timestamp())`;
const conditions = {
  customer: sql`o.customer_id = ${viewer}`,
  service: sql`${viewer} is not null`,
  market: sql`${isOpen} and not ${hasBid}`,
  bidOn: hasBid,
} as const;

const statuses = sql`${sql.placeholder('statuses')}::text[]`;
const externalId = sql`${sql.placeholder('externalId')}::text`;

/** One branch of a list, at most a page and one: each finds its rows by an index of its own. */
function branch(condition: SQL, shape: Shape): SQL {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  const key = sql`o.created_at, o.id`;
  const end = (name: string) =>
    sql`${sql.placeholder(`${name}CreatedAt`)}::timestamptz, ${sql.placeholder(`${name}Id`)}::uuid`;
  // The list descends: what comes after a key is smaller.
  const turned = { ...shape, after: shape.before, before: shape.after };
  return sql`(select o.* from orders o where ${condition}
    ${filtered(shape, 'statuses', sql`${status} = any(${statuses})`)}
    ${filtered(shape, 'externalId', sql`o.external_id = ${externalId}`)}
    ${within(turned, key, { after: end('before'), before: end('after') })}
    order by o.created_at ${direction}, o.id ${direction} limit ${sql.placeholder('limit')}::int + 1)`;
}

type ListRow = { viewerHead: Place; marketHead: Place } & ({ [K in keyof OrderRow]: null } | OrderRow);

/** The heads and the list are of one snapshot, so that nothing falls between them. */
function listStatement(scope: OrderScope, shape: Shape): SQL {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  const rows =
    scope === 'vendor'
      ? sql`${branch(conditions.market, shape)} union all ${branch(conditions.bidOn, shape)}`
      : branch(conditions[scope], shape);
  return sql`
    select h.*, p.*
    from (select ${headOf(sql`${sql.placeholder('userTopic')}::text`)} as "viewerHead",
      ${headOf(sql`${sql.placeholder('marketTopic')}::text`)} as "marketHead") h
    left join lateral (
      select ${columns(sql`${sql.placeholder('viewerTopic')}::text`)} from (${rows}) o
      order by o.created_at ${direction}, o.id ${direction} limit ${sql.placeholder('limit')}::int + 1
    ) p on true
    order by p."createdAt" ${direction}, p.id ${direction}`;
}

const lists = Object.fromEntries(
  (['customer', 'service', 'market', 'bidOn', 'vendor'] as const).map((scope) => [
    scope,
    pageStatements<ListRow>((shape) => listStatement(scope, shape)),
  ]),
) as Record<OrderScope, ReturnType<typeof pageStatements<ListRow>>>;

/** `viewerTopic` is the viewer's own topic if it is a vendor, which then is part of each order's heads. */
export type OrderListValues = {
  viewerId: string;
  userTopic: string;
  marketTopic: string;
  viewerTopic: string | null;
  statuses: readonly OrderStatus[] | null;
  externalId: string | null;
};

export type OrderList = Slice<OrderRow> & { viewerHead: Place; marketHead: Place };

/** A page of a viewer's list, with the heads of its own topic and the market's as they were before. */
export async function orderList(
  db: Database,
  scope: OrderScope,
  page: Page<OrderKey>,
  values: OrderListValues,
): Promise<OrderList> {
  const { statuses, externalId } = values;
  const rows = await lists[scope](page, { statuses, externalId })(db.$client, {
    ...values,
    limit: page.limit,
    afterCreatedAt: page.after?.createdAt ?? null,
    afterId: page.after?.id ?? null,
    beforeCreatedAt: page.before?.createdAt ?? null,
    beforeId: page.before?.id ?? null,
  });
  const [first] = rows;
  if (!first) throw new Error('The heads of a list are always one row');
  const found = rows.filter((row): row is ListRow & OrderRow => row.id !== null);
  return { ...slice<OrderRow>(found, page), viewerHead: first.viewerHead, marketHead: first.marketHead };
}
