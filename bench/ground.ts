/** What everything that is compared stands on: a real PostgreSQL that loses nothing, and a real Redis, of this run alone. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { startEmbedded } from '../src/db/embedded.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { createLifecycle } from '../src/lifecycle.ts';
import { createLog } from '../src/log.ts';
import { startRedis } from '../test/support/redis.ts';

export type Ground = {
  /** A superuser's address, in a database that is always there. */
  postgresUrl: string;
  redisUrl: string;
  /** The address of a new one, with Haggle's tables. */
  createDatabase(): Promise<string>;
  /** The address of another with the same in it. Nobody may be connected to the first. */
  copyDatabase(url: string): Promise<string>;
  close(): Promise<void>;
};

/**
 * Beyond PostgreSQL's own: connections for several processes, when each transaction was committed, and no checkpoint in a
 * run: it would fall into the turn of one and not of another.
 */
const settings = {
  max_connections: '300',
  track_commit_timestamp: 'on',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
};

const log = createLog({ level: 'warn', pretty: true, output: process.stderr });

export async function prepareGround(): Promise<Ground> {
  const lifecycle = createLifecycle({ log });
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-bench-'));
  lifecycle.onClose('folder of PostgreSQL', () => rm(dataDir, { recursive: true, force: true }));
  const embedded = await startEmbedded({ dataDir, log, settings });
  lifecycle.onClose('PostgreSQL', () => embedded.stop(), 20_000);
  const redis = await startRedis();
  lifecycle.onClose('Redis', () => redis.stop());
  const admin = postgres(embedded.url, { max: 1, onnotice: () => {} });
  lifecycle.onClose('connection to PostgreSQL', () => admin.end());

  async function create(like: string): Promise<string> {
    const name = `bench_${randomBytes(6).toString('hex')}`;
    await admin`create database ${admin(name)} template ${admin(like)}`;
    return Object.assign(new URL(embedded.url), { pathname: `/${name}` }).href;
  }

  return {
    postgresUrl: embedded.url,
    redisUrl: redis.url,
    async createDatabase() {
      const url = await create('template1');
      await migrateDatabase({ url, log });
      return url;
    },
    copyDatabase: (url) => create(new URL(url).pathname.slice(1)),
    close: () => lifecycle.close(),
  };
}
