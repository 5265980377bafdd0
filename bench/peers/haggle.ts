/** Haggle itself: the whole program as it runs in production, on PostgreSQL and Redis. */

import { setTimeout as delay } from 'node:timers/promises';
import { signToken } from '../../src/auth/token.ts';
import { freePort } from '../../src/db/embedded/server.ts';
import { type Child, startChild } from '../../test/crowd/child.ts';
import type { UsageDeeds } from '../usage.ts';

export type Haggle = {
  port: number;
  /** Of /graphql. */
  url: string;
  /** Asks the process what it uses. */
  process: Child<UsageDeeds>;
  end(): Promise<void>;
};

type Role = 'customer' | 'vendor' | 'service';

const secret = 'the secret of the benchmarks, and of nothing else';
const main = new URL('../../src/main.ts', import.meta.url);
const probe = new URL('haggle-probe.ts', import.meta.url).href;

/** How long it may take to be ready, in milliseconds. */
const patience = 15_000;

/** One process; several on the same database and Redis are one installation. `node`: more words for node. */
export async function startHaggle(options: {
  databaseUrl: string;
  redisUrl: string;
  node?: string[];
}): Promise<Haggle> {
  const port = await freePort();
  const child = startChild<UsageDeeds>(main, {
    execArgv: [
      '--expose-gc',
      '--import',
      probe,
      ...(options.node ?? []),
      ...(process.env['HAGGLE_NODE']?.split(' ') ?? []),
    ],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl,
      AUTH_SECRET: secret,
    },
  });
  const until = Date.now() + patience;
  while (!(await isReady(port))) {
    if (Date.now() > until) throw new Error('Haggle did not become ready.');
    await delay(20);
  }
  return { port, url: `http://127.0.0.1:${port}/graphql`, process: child, end: () => child.end() };
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health/ready`)
    .then((response) => response.text().then(() => response.ok))
    .catch(() => false);

/** Valid for as long as a run may last. */
export const tokenOf = (sub: string, role: Role): Promise<string> =>
  signToken({ secret, sub, name: sub, role, expiresInSeconds: 3 * 3_600 });
