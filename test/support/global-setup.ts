/** Before all tests: one real PostgreSQL with one migrated template database, and one real Redis. After them: gone. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/db/embedded.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { createLifecycle, type Lifecycle } from '../../src/lifecycle.ts';
import { createLog } from '../../src/log.ts';
import { inDatabase } from './database.ts';
import { startRedis } from './redis.ts';

const log = createLog({ level: 'warn', pretty: true, output: process.stderr });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lifecycle = createLifecycle({ log });
  try {
    const [postgresUrl, redisUrl] = await Promise.all([openPostgres(lifecycle), openRedis(lifecycle)]);
    const template = await makeTemplate(postgresUrl, lifecycle);
    project.provide('servers', { postgresUrl, template, redisUrl });
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
  return () => lifecycle.close();
}

async function openPostgres(lifecycle: Lifecycle): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given) return given;
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-test-'));
  lifecycle.onClose('folder of the tests’ PostgreSQL', () => rm(dataDir, { recursive: true, force: true }));
  const embedded = await startEmbedded({ dataDir, log, noSync: true, settings: { max_connections: '300' } });
  lifecycle.onClose('PostgreSQL', () => embedded.stop(), 20_000);
  return embedded.url;
}

async function openRedis(lifecycle: Lifecycle): Promise<string> {
  const given = process.env['REDIS_URL'];
  if (given) return given;
  const redis = await startRedis();
  lifecycle.onClose('Redis', () => redis.stop());
  return redis.url;
}

/** Its name is this run's own, so that runs do not meet on one server. */
async function makeTemplate(postgresUrl: string, lifecycle: Lifecycle): Promise<string> {
  const name = `haggle_template_${randomBytes(6).toString('hex')}`;
  const admin = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  lifecycle.onClose('connection to PostgreSQL', () => admin.end());
  await admin`create database ${admin(name)}`;
  lifecycle.onClose('template database', () => admin`drop database ${admin(name)} with (force)`, 20_000);
  await migrateDatabase({ url: inDatabase(postgresUrl, name), log });
  return name;
}
