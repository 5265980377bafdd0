/** The database's clock, by which all deadlines are judged. */

import { sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { statement } from './statement.ts';

const now = statement<{ now: string }>(sql`select clock_timestamp() as now`);

export async function databaseTime(db: Database): Promise<Date> {
  const [row] = await now(db.$client);
  if (!row) throw new Error('The clock always answers one row');
  return new Date(row.now);
}
