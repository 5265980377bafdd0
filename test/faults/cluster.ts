/** A whole installation for the suite alone: PostgreSQL, Redis, and processes of the API with proxies between them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { type Embedded, startEmbedded } from '../../src/db/embedded.ts';
import { createLog } from '../../src/log.ts';
import { type Redis, startRedis } from '../support/redis.ts';
import { createProcess, type Process } from './processes.ts';

const log = createLog({ level: 'error', pretty: true, output: process.stderr });

export type Cluster = {
  processes: Process[];
  redis(): Redis;
  /** A connection past all proxies, to the database that the processes use. */
  sql(): postgres.Sql;
  /** Starts a process that has ended, while other things go on. */
  bringBack(process: Process): void;
  /** Resolves when all that were to be brought back are up, and have been for two seconds: no rollout goes faster. */
  whole(): Promise<void>;
  restartPostgres(pause: number): Promise<void>;
  restartRedis(pause: number): Promise<void>;
  /** Remembers the database as it is. The answer puts it back, under everybody who is connected, running `before` first. */
  copyDatabase(): Promise<(before: (old: postgres.Sql) => Promise<void>) => Promise<void>>;
  close(): Promise<void>;
};

export async function startCluster(options: {
  processes: number;
  drainSeconds?: number;
  node?: string[];
}): Promise<Cluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-faults-'));
  const settings = { max_connections: '200' };
  const startPostgres = (): Promise<Embedded> => startEmbedded({ dataDir, log, noSync: true, settings });
  let [server, redis] = await Promise.all([startPostgres(), startRedis()]);
  const name = 'faults';
  const address = (database: string): string => Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  const open = (database: string): postgres.Sql => postgres(address(database), { max: 2, onnotice: () => {} });
  let admin = open('postgres');
  await admin`create database ${admin(name)}`;
  let sql = open(name);
  const { drainSeconds = 1, node = [] } = options;
  const processes: Process[] = [];
  for (let nth = 0; nth < options.processes; nth += 1) {
    const made = await createProcess({ databaseUrl: address(name), redisPort: redis.port, drainSeconds, node });
    processes.push(made);
    await made.start();
  }

  /** Nobody may be connected; everybody connects again by themselves. */
  async function alone(work: () => Promise<unknown>): Promise<void> {
    await admin`alter database ${admin(name)} with allow_connections false`;
    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = ${name}`;
    await work();
  }

  let returning: Promise<unknown> = Promise.resolve();

  return {
    processes,
    bringBack(process) {
      returning = Promise.all([returning, process.start().then(() => rest(2_000))]);
      // Whoever waits for it is told.
      returning.catch(() => {});
    },
    async whole() {
      await returning;
    },
    redis: () => redis,
    sql: () => sql,
    async restartPostgres(pause) {
      await Promise.all([admin.end(), sql.end()]);
      for (const { toPostgres } of processes) toPostgres.target = null;
      await server.stop();
      await rest(pause);
      server = await startPostgres();
      for (const { toPostgres } of processes) toPostgres.target = Number(new URL(server.url).port);
      admin = open('postgres');
      sql = open(name);
    },
    async restartRedis(pause) {
      await redis.kill();
      await rest(pause);
      redis = await startRedis({ port: redis.port });
    },
    async copyDatabase() {
      await sql.end();
      await alone(() => admin`create database copied template ${admin(name)}`);
      await admin`alter database ${admin(name)} with allow_connections true`;
      sql = open(name);
      return async (before) => {
        for (const { toPostgres } of processes) toPostgres.shut();
        await before(sql);
        await sql.end();
        await alone(async () => {
          await admin`drop database ${admin(name)}`;
          await admin`alter database copied rename to ${admin(name)}`;
        });
        sql = open(name);
        for (const { toPostgres } of processes) toPostgres.open();
      };
    },
    async close() {
      await Promise.allSettled([returning, admin.end(), sql.end()]);
      await Promise.all(processes.map((each) => each.close()));
      await Promise.all([redis.stop(), server.stop()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const rest = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
