/** Statements written once with Drizzle's `sql`, turned to text once, and prepared once on each connection. */

import { fillPlaceholders, type SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Sql, TransactionSql } from 'postgres';

/** A pool of connections. */
export type Pool = Sql;

/** A pool of connections, or a transaction on one of them. */
export type Queryable = Pick<Sql, 'unsafe'> | Pick<TransactionSql, 'unsafe'>;

const dialect = new PgDialect();

/**
 * Makes a function of a statement: `sql.placeholder('name')` in it is filled from the values at each call.
 * Rows come as the driver has them: bigint, numeric and timestamps as text, json as values.
 */
export function statement<Row>(query: SQL): (on: Queryable, values?: Record<string, unknown>) => Promise<Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return async (on, values = {}) => {
    const filled = fillPlaceholders(params, values) as never[];
    return (await on.unsafe(text, filled, { prepare: true })) as unknown as Row[];
  };
}

/** Runs all of it in one transaction; what throws rolls it back. */
export const inTransaction = async <T>(pool: Pool, work: (transaction: Queryable) => Promise<T>): Promise<T> =>
  (await pool.begin((transaction) => work(transaction))) as T;
