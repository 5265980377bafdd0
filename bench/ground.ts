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
  /**
   * Lets the log go on in files that are there, so many at least and of 16 MB each, as on a server that has run for a while.
   * Making one holds every commit up for 60 to 90 ms.
   */
  layInLogFiles(count: number): Promise<void>;
  /**
   * The same with one more Redis: on one, processes over copies of a database would hear each other's events, and read
   * what they make of them.
   */
  withOwnRedis(): Promise<Ground>;
  close(): Promise<void>;
};

/**
 * Beyond PostgreSQL's own: connections for several processes, when each transaction was committed, and no checkpoint in a
 * run: it would fall into the turn of one and not of another. What a checkpoint leaves of the log's files is used again.
 */
const settings = {
  max_connections: '300',
  track_commit_timestamp: 'on',
  max_wal_size: '16GB',
  min_wal_size: '16GB',
  checkpoint_timeout: '1h',
};

const log = createLog({ level: 'warn', pretty: true, output: process.stderr });

export async function prepareGround(): Promise<Ground> {
  const lifecycle = createLifecycle({ log });
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-bench-'));
  lifecycle.onClose('folder of PostgreSQL', () => rm(dataDir, { recursive: true, force: true }));
  const embedded = await startEmbedded({ dataDir, log, settings });
  lifecycle.onClose('PostgreSQL', () => embedded.stop(), 20_000);
  const createRedis = async (): Promise<string> => {
    const redis = await startRedis();
    lifecycle.onClose('Redis', () => redis.stop());
    return redis.url;
  };
  const admin = postgres(embedded.url, { max: 1, onnotice: () => {} });
  lifecycle.onClose('connection to PostgreSQL', () => admin.end());

  async function create(like: string): Promise<string> {
    const name = `bench_${randomBytes(6).toString('hex')}`;
    await admin`create database ${admin(name)} template ${admin(like)}`;
    return Object.assign(new URL(embedded.url), { pathname: `/${name}` }).href;
  }

  const ground: Ground = {
    postgresUrl: embedded.url,
    redisUrl: await createRedis(),
    async createDatabase() {
      const url = await create('template1');
      await migrateDatabase({ url, log });
      return url;
    },
    copyDatabase: (url) => create(new URL(url).pathname.slice(1)),
    async layInLogFiles(count) {
      // A file can only be left once there is something in it.
      for (let nth = 0; nth < count; nth += 1) {
        await admin`select pg_logical_emit_message(true, 'bench', '')`;
        await admin`select pg_switch_wal()`;
      }
      await admin`checkpoint`;
    },
    withOwnRedis: async () => ({ ...ground, redisUrl: await createRedis() }),
    close: () => lifecycle.close(),
  };
  return ground;
}
