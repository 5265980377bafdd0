/** A database of its own for each test file. */

import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll } from 'vitest';
import { closeDatabase, type Database, openDatabase } from '../../src/db/connection.ts';
import { createLog } from '../../src/log.ts';
import { servers } from './servers.ts';

export type TestDatabase = { url: string; db: Database };

/** The same server, another database. */
export function inDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/**
 * Made from the migrated template, or empty; gone after the file's last test. Call it at the top of a file or in
 * `beforeAll`. `db` is a pool that is closed for you; whatever else you open by `url` has to be closed by then.
 */
export async function createTestDatabase(
  options: { connections?: number; empty?: boolean } = {},
): Promise<TestDatabase> {
  const { postgresUrl, template } = servers();
  const name = `haggle_test_${randomBytes(6).toString('hex')}`;
  const url = inDatabase(postgresUrl, name);
  await administer(postgresUrl, async (admin) => {
    await admin`create database ${admin(name)} template ${admin(options.empty ? 'template0' : template)}`;
  });
  const db = openDatabase({
    url,
    connections: options.connections ?? 10,
    log: createLog({ level: 'silent', pretty: false, output: process.stderr }),
  });
  afterAll(async () => {
    await closeDatabase(db);
    await administer(postgresUrl, (admin) => drop(admin, name));
  });
  return { url, db };
}

/** PostgreSQL waits five seconds for connections to end; one that was left open fails the test file. */
async function drop(admin: postgres.Sql, name: string): Promise<void> {
  try {
    await admin`drop database ${admin(name)}`;
  } catch (error) {
    if (!(error instanceof postgres.PostgresError && error.code === '55006')) throw error;
    const left = await admin<{ application_name: string; query: string }[]>`
      select application_name, query from pg_stat_activity where datname = ${name}`;
    await admin`drop database ${admin(name)} with (force)`;
    const which = left.map((connection) => `${connection.application_name}: ${connection.query}`);
    throw new Error(`Connections to the test's database were left open:\n${which.join('\n')}`, { cause: error });
  }
}

async function administer(url: string, work: (admin: postgres.Sql) => Promise<void>): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
