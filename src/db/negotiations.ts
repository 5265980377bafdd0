/** Reading rounds of negotiation: by id, and pages for many orders at once. */

import { sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { headsOf, type OrderHeads } from './heads.ts';
import { type Page, pageStatements, type Shape, within } from './pages.ts';
import { statement } from './statement.ts';
import { rowsTogether } from './together.ts';

/** A round, with what its order says of who may see it. */
export type NegotiationRow = {
  id: string;
  orderId: string;
  round: number;
  message: string;
  targetAmount: string | null;
  respondBy: string | null;
  createdAt: string;
  currency: string;
  customerId: string;
};
export type NegotiationWithHeads = NegotiationRow & { heads: OrderHeads };

const columns = sql`n.id, n.order_id as "orderId", n.round, n.message, n.target_amount as "targetAmount",
  n.respond_by as "respondBy", n.created_at as "createdAt", o.currency, o.customer_id as "customerId"`;

export const negotiationsById = rowsTogether<NegotiationWithHeads>(
  sql`${columns}, ${headsOf(sql`o.id`, sql`asked.viewer_topic`)} as heads`,
  sql`join negotiations n on n.id = asked.id join orders o on o.id = n.order_id`,
);

const readable = statement<{ id: string }>(sql`
  select negotiation_id as id from negotiation_readers
  where vendor_id = ${sql.placeholder('vendorId')}::uuid and negotiation_id = any(${sql.placeholder('ids')}::uuid[])`);

/** Which of these rounds a vendor may read. */
export const readableBy = (db: Database, vendorId: string, ids: readonly string[]): Promise<{ id: string }[]> =>
  readable(db.$client, { vendorId, ids });

/** Latest first, so the key descends. */
export type NegotiationKey = { round: number };

const vendorId = sql`${sql.placeholder('vendorId')}::uuid`;

const pages = pageStatements<NegotiationRow>((shape: Shape) => {
  const direction = shape.backward ? sql`asc` : sql`desc`;
  // The list descends: what comes after a key is smaller.
  const turned = { ...shape, after: shape.before, before: shape.after };
  const ends = {
    after: sql`${sql.placeholder('beforeRound')}::int`,
    before: sql`${sql.placeholder('afterRound')}::int`,
  };
  return sql`
    select p.* from orders o cross join lateral (
      select ${columns} from negotiations n where n.order_id = o.id
      and (${vendorId} is null or exists (
        select from negotiation_readers r where r.negotiation_id = n.id and r.vendor_id = ${vendorId}))
      ${within(turned, sql`n.round`, ends)}
      order by n.round ${direction} limit ${sql.placeholder('limit')}::int + 1
    ) p
    where o.id = any(${sql.placeholder('orderIds')}::uuid[])
    order by p.round ${direction}`;
});

/** Of each order up to a page and one, in the page's direction; for a vendor only those that it may read. */
export const negotiationsOfOrders = (
  db: Database,
  orderIds: readonly string[],
  page: Page<NegotiationKey>,
  reader: { vendorId: string | null },
): Promise<NegotiationRow[]> =>
  pages(page)(db.$client, {
    orderIds,
    limit: page.limit,
    vendorId: reader.vendorId,
    afterRound: page.after?.round ?? null,
    beforeRound: page.before?.round ?? null,
  });
