/** Lets time pass for an order, and waits by the database's clock. */

import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/connection.ts';

export const hour = 3_600_000;

export const inMs = (wait: number): Date => new Date(Date.now() + wait);

/** As if so many milliseconds had gone by without anybody looking: all of the order's deadlines are that much nearer, or past. */
export async function timePasses(db: Database, orderId: string, ms: number): Promise<void> {
  const passed = sql`${`${ms} ms`}::interval`;
  await db.transaction(async (all) => {
    await all.execute(sql`update orders set closes_at = closes_at - ${passed}, confirm_by = confirm_by - ${passed},
      due_at = due_at - ${passed} where id = ${orderId}`);
    await all.execute(sql`update negotiations set respond_by = respond_by - ${passed} where order_id = ${orderId}`);
    await all.execute(sql`update confirmations set accept_by = accept_by - ${passed} where order_id = ${orderId}`);
  });
}

/** Resolves when the database's clock is past a moment. */
export async function past(db: Database, moment: Date): Promise<void> {
  await db.execute(sql`select pg_sleep_until(${moment.toISOString()}::timestamptz + interval '5 ms')`);
}
