/** Brings a database to the present tables, once, however many processes start at the same time. */

import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import type { Log } from '../log.ts';
import { closeDatabase, openDatabase } from './connection.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** Any number that no other program takes on the same database. */
const lock = 0x6861_6767_6c65n;

/** Applies what is missing. All who start at once wait here for the first; the others find nothing left to do. */
export async function migrateDatabase({ url, log }: { url: string; log: Log }): Promise<void> {
  // One connection: the lock belongs to its session and ends with it, also when this process is killed.
  const db = openDatabase({ url, connections: 1, log });
  try {
    await db.execute(sql`select pg_advisory_lock(${lock}::bigint)`);
    await migrate(db, { migrationsFolder });
  } finally {
    await closeDatabase(db);
  }
}
