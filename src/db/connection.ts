/** The pool of connections to PostgreSQL. */

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Log } from '../log.ts';
import type { Pool } from './statement.ts';
import * as tables from './tables.ts';

export type Database = PostgresJsDatabase<typeof tables> & { $client: Pool };

/** Milliseconds. A process that hangs, or is cut off without a word, holds the rows of its transaction no longer. */
const longestPause = 5_000;
/** In seconds: between two attempts to connect, and for one to succeed. */
const slowestRetry = 0.5;
const longestConnect = 5;

/**
 * Connects at the first statement. `onClose` is called whenever a connection ends, also one that the server cut.
 * Raw queries on `$client` answer timestamps as text: drizzle() turns the driver's parsers off.
 */
export function openDatabase(options: {
  url: string;
  /** At most so many at once; the rest wait their turn. */
  connections: number;
  /**
   * Seconds. A connection on which a statement waits and nothing is heard for so long is ended, and the statement fails
   * as one that is away: frozen or half open, it would never say so itself. What it had asked for may still be done.
   */
  longestSilence?: number;
  log: Log;
  onClose?: () => void;
}): Database {
  const { url, connections, longestSilence, log, onClose } = options;
  const pool = postgres(url, {
    max: connections,
    connect_timeout: longestConnect,
    // An option of our patch to the driver.
    answer_timeout: longestSilence,
    // The driver's own waits grow to twenty seconds, long after the database is back.
    backoff: (attempts: number) => Math.min(0.01 * 3 ** attempts, slowestRetry) * (0.5 + Math.random() / 2),
    ...(onClose ? { onclose: onClose } : {}),
    onnotice: (notice) => log.debug({ notice: notice['message'] }, 'PostgreSQL notice'),
    // Timestamps read as text are in the session's zone.
    connection: {
      application_name: 'haggle',
      TimeZone: 'UTC',
      idle_in_transaction_session_timeout: longestPause,
      // Planning most of our statements takes several times as long as running them.
      plan_cache_mode: 'force_generic_plan',
    },
  });
  return drizzle(pool, { schema: tables });
}

/** Lets running statements finish for five seconds, then cuts the connections. */
export const closeDatabase = (db: Database): Promise<void> => db.$client.end({ timeout: 5 });
