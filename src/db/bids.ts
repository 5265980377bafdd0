/** Reading bids: by id, a vendor's own, pages for many orders at once, how many there are and how they stand. */

import { type SQL, sql } from 'drizzle-orm';
import type { BidStatus } from '../domain/bid.ts';
import type { BidVisibility, FullStanding } from '../domain/standing.ts';
import type { Database } from './connection.ts';
import { headsOf, type OrderHeads } from './heads.ts';
import { filtered, type Page, pageStatements, type Shape, within } from './pages.ts';
import { statement } from './statement.ts';
import { rowsTogether } from './together.ts';

/** A bid, with what its order says of who may see it. */
export type BidRow = {
  id: string;
  orderId: string;
  vendorId: string;
  alias: string;
  amount: string;
  note: string | null;
  revision: number;
  status: BidStatus;
  placedAt: string;
  /** Listed last. */
  retired: boolean;
  currency: string;
  customerId: string;
  visibility: BidVisibility;
};
export type BidWithHeads = BidRow & { heads: OrderHeads };

const columns = sql`b.id, b.order_id as "orderId", b.vendor_id as "vendorId", b.alias, b.amount, b.note, b.revision,
  b.status::text as status, b.placed_at as "placedAt", b.retired, o.currency, o.customer_id as "customerId",
  o.visibility::text as visibility`;

export const bidsById = rowsTogether<BidWithHeads>(
  sql`${columns}, ${headsOf(sql`o.id`, sql`asked.viewer_topic`)} as heads`,
  sql`join bids b on b.id = asked.id join orders o on o.id = b.order_id`,
);

const ofVendor = statement<BidRow>(sql`
  select ${columns} from bids b join orders o on o.id = b.order_id
  where b.vendor_id = ${sql.placeholder('vendorId')}::uuid and b.order_id = any(${sql.placeholder('orderIds')}::uuid[])`);

/** One vendor's bids on these orders; it has at most one on each. */
export const bidsOfVendor = (db: Database, vendorId: string, orderIds: readonly string[]): Promise<BidRow[]> =>
  ofVendor(db.$client, { vendorId, orderIds });

/** Which of an order's bids: of some statuses, or null for all; for a vendor its own and, where bids are open, all. */
export type BidFilter = { rivalId: string | null; statuses: readonly BidStatus[] | null };

const rivalId = sql`${sql.placeholder('rivalId')}::uuid`;
const statuses = sql`${sql.placeholder('statuses')}::text[]`;
const ofRival = sql`b.vendor_id = ${rivalId} or o.visibility = 'OPEN'`;
const inStatuses = sql`b.status::text = any(${statuses})`;
const seen = sql`(${rivalId} is null or ${ofRival}) and (${statuses} is null or ${inStatuses})`;
const fillFilter = (filter: BidFilter) => ({
  rivalId: filter.rivalId,
  statuses: filter.statuses,
});

/** Where a page ends. The placement that decides between equal amounts is looked up: it counts what a vendor may not know. */
export type BidKey = { retired: boolean; amount: string; id: string };

const placementOf = (id: SQL): SQL =>
  sql`coalesce((select e.placement from bids e where e.id = ${id} and e.order_id = o.id
    and (${rivalId} is null or e.vendor_id = ${rivalId} or o.visibility = 'OPEN')), 0)`;

const pages = pageStatements<BidRow>((shape: Shape) => {
  const direction = shape.backward ? sql`desc` : sql`asc`;
  const end = (name: string) =>
    sql`${sql.placeholder(`${name}Retired`)}::boolean, ${sql.placeholder(`${name}Amount`)}::numeric,
      ${placementOf(sql`${sql.placeholder(`${name}Id`)}::uuid`)}`;
  return sql`
    select p.* from orders o cross join lateral (
      select ${columns}, b.placement from bids b where b.order_id = o.id
      ${filtered(shape, 'rivalId', ofRival)} ${filtered(shape, 'statuses', inStatuses)}
      ${within(shape, sql`b.retired, b.amount, b.placement`, { after: end('after'), before: end('before') })}
      order by b.retired ${direction}, b.amount ${direction}, b.placement ${direction}
      limit ${sql.placeholder('limit')}::int + 1
    ) p
    where o.id = any(${sql.placeholder('orderIds')}::uuid[])
    order by p.retired ${direction}, p.amount ${direction}, p.placement ${direction}`;
});

/** Of each order up to a page and one, in the page's direction, lowest first where that is forward. */
export const bidsOfOrders = (
  db: Database,
  orderIds: readonly string[],
  page: Page<BidKey>,
  filter: BidFilter,
): Promise<BidRow[]> =>
  pages(page, filter)(db.$client, {
    orderIds,
    limit: page.limit,
    ...fillFilter(filter),
    afterRetired: page.after?.retired ?? null,
    afterAmount: page.after?.amount ?? null,
    afterId: page.after?.id ?? null,
    beforeRetired: page.before?.retired ?? null,
    beforeAmount: page.before?.amount ?? null,
    beforeId: page.before?.id ?? null,
  });

const counts = statement<{ orderId: string; count: number }>(sql`
  select o.id as "orderId", count(*)::int as count from orders o join bids b on b.order_id = o.id
  where o.id = any(${sql.placeholder('orderIds')}::uuid[]) and ${seen} group by o.id`);

/** How many bids there are; orders without any are left out. */
export const countBids = (
  db: Database,
  orderIds: readonly string[],
  filter: BidFilter,
): Promise<{ orderId: string; count: number }[]> => counts(db.$client, { orderIds, ...fillFilter(filter) });

const running = statement<{ orderId: string; vendorId: string }>(sql`
  select order_id as "orderId", vendor_id as "vendorId" from bids
  where order_id = any(${sql.placeholder('orderIds')}::uuid[]) and status in ('ACTIVE', 'CONFIRMED')`);

/** The vendors whose bids on these orders are in the running. */
export const runningBidders = (
  db: Database,
  orderIds: readonly string[],
): Promise<{ orderId: string; vendorId: string }[]> => running(db.$client, { orderIds });

const standings = statement<FullStanding & { orderId: string }>(sql`
  select mine.order_id as "orderId", mine.amount as mine,
    1 + (count(*) filter (where (b.amount, b.placement) < (mine.amount, mine.placement)))::int as rank,
    count(*)::int as bidders, min(b.amount) as best
  from bids mine join bids b on b.order_id = mine.order_id and b.status in ('ACTIVE', 'CONFIRMED')
  where mine.vendor_id = ${sql.placeholder('vendorId')}::uuid and mine.status = 'ACTIVE'
    and mine.order_id = any(${sql.placeholder('orderIds')}::uuid[])
  group by mine.id`);

/** How a vendor's ACTIVE bids stand; orders without one are left out. All there is to know: cut it down before it is shown. */
export const standingsOf = (
  db: Database,
  vendorId: string,
  orderIds: readonly string[],
): Promise<(FullStanding & { orderId: string })[]> => standings(db.$client, { vendorId, orderIds });
