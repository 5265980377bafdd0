/** The embedded PostgreSQL: its data stay, whatever ends its owner, and nobody else gets at them meanwhile. */

import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startOwner } from './owner.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'haggle-embedded-'));
  onTestFinished(async () => {
    await vi.waitFor(() => rm(path, { recursive: true, force: true }), { timeout: 5_000, interval: 50 });
  });
  return path;
}

/** Runs one statement on a connection of its own. */
async function run<Row>(url: string | null, query: string): Promise<Row[]> {
  const sql = postgres(url ?? '', { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe<Row[] & { [key: string]: unknown }[]>(query))];
  } finally {
    await sql.end();
  }
}

async function write(url: string | null): Promise<string> {
  const value = randomUUID();
  await run(url, `create table if not exists kept (value text); insert into kept values ('${value}')`);
  return value;
}

const values = async (url: string | null): Promise<string[]> =>
  (await run<{ value: string }>(url, 'select value from kept')).map((row) => row.value);

const serverPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

test.for(['root', 'ordinary'] as const)('runs for %s, stops with its owner and keeps its data', async (as) => {
  const dataDir = await folder();
  const first = await startOwner(dataDir, as);
  expect(first.complaint).toBe('');
  const value = await write(first.url);
  await first.end('SIGTERM');
  await expect(stat(join(dataDir, 'postgres/data/postmaster.pid'))).rejects.toThrow('ENOENT');

  const second = await startOwner(dataDir, as);
  expect(await values(second.url)).toEqual([value]);
});

test('keeps its data when its owner is killed, and starts again at once', async () => {
  const dataDir = await folder();
  const first = await startOwner(dataDir);
  const value = await write(first.url);
  await first.end('SIGKILL');

  const second = await startOwner(dataDir);
  expect(second.complaint).toBe('');
  expect(await values(second.url)).toEqual([value]);
});

test('does not outlive an owner that is killed', async () => {
  const dataDir = await folder();
  const owner = await startOwner(dataDir);
  const pid = await serverPid(dataDir);
  await owner.end('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000, interval: 20 });
});

test('recovers when the server is killed together with its owner', async () => {
  const dataDir = await folder();
  const first = await startOwner(dataDir);
  const value = await write(first.url);
  process.kill(await serverPid(dataDir), 'SIGKILL');
  await first.end('SIGKILL');

  const second = await startOwner(dataDir);
  expect(second.complaint).toBe('');
  expect(await values(second.url)).toEqual([value]);
});

test('is not stopped by the number of a dead server that another program has now', async () => {
  const dataDir = await folder();
  const first = await startOwner(dataDir);
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  const lines = (await readFile(file, 'utf8')).split('\n');
  await first.end('SIGTERM');
  await writeFile(file, [process.pid, ...lines.slice(1)].join('\n'));

  expect((await startOwner(dataDir)).complaint).toBe('');
});

test('refuses a second process on the same folder with one sentence, and the first goes on', async () => {
  const dataDir = await folder();
  const first = await startOwner(dataDir);
  const value = await write(first.url);

  const second = await startOwner(dataDir);
  expect(second.url).toBeNull();
  expect(second.complaint).toMatch(/^Another Haggle already uses the database in .+: stop it first, or set .+\.\n$/);
  expect(await values(first.url)).toEqual([value]);
});

test('of two that start at once on an empty folder one runs, and the other says why not', async () => {
  const dataDir = await folder();
  const owners = await Promise.all([startOwner(dataDir), startOwner(dataDir)]);
  const [running, refused] = owners[0]?.url ? owners : [owners[1], owners[0]];
  expect(await run(running?.url ?? null, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(refused?.complaint).toContain('Another Haggle already uses the database');
});

test('says clearly that a folder may not be used by this user', async () => {
  const dataDir = await folder();
  const first = await startOwner(dataDir, 'ordinary');
  await first.end('SIGTERM');
  await chmod(join(dataDir, 'postgres'), 0);
  onTestFinished(() => chmod(join(dataDir, 'postgres'), 0o700));

  const second = await startOwner(dataDir, 'ordinary');
  expect(second.complaint).toMatch(/^DATA_DIR \(.+\) may not be read or written by this user .+\n$/);
});

test('lets nobody in without the password, which only its owner can read', async () => {
  const dataDir = await folder();
  const { url } = await startOwner(dataDir);
  const wrong = new URL(url ?? '');
  wrong.password = 'guess';
  await expect(run(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0);
  expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o077).toBe(0);
});
