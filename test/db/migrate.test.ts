/** Migrations: once, however many processes start at the same time. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const journal = new URL('../../drizzle/meta/_journal.json', import.meta.url);

const { db, url } = await createTestDatabase({ empty: true });

const migrate = () =>
  promisify(execFile)(process.execPath, [cli, 'migrate'], {
    env: { ...process.env, NODE_ENV: 'test', DATABASE_URL: url, AUTH_SECRET: 'x'.repeat(32), LOG_LEVEL: 'info' },
  });

test('two processes that start at once migrate an empty database once', async () => {
  const both = await Promise.all([migrate(), migrate()]);
  for (const { stderr } of both) expect(stderr).toContain('the database is up to date');

  const { entries } = JSON.parse(await readFile(journal, 'utf8')) as { entries: unknown[] };
  const [done] = await db.$client<{ count: number }[]>`select count(*)::int as count from drizzle.__drizzle_migrations`;
  expect(done?.count).toBe(entries.length);
});

test('a database that is up to date is left as it is', async () => {
  await db.$client`insert into topics (topic, head, tag) values ('market', 0, 0)`;
  await migrate();
  expect(await db.$client`select topic from topics`).toEqual([{ topic: 'market' }]);
});
