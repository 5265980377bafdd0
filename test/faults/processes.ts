/** The processes of the API, each on a port of its own behind a proxy, to be killed, stopped and started again. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { signToken } from '../../src/auth/token.ts';
import { type Guarded, spawnGuarded, stopGuarded } from '../../src/db/embedded/guarded.ts';
import { createProxy, type Link } from './proxy.ts';

export type Process = {
  /** What clients reach it through. */
  front: Link;
  toPostgres: Link;
  toRedis: Link;
  start(): Promise<void>;
  /** As by kill -9. */
  kill(): Promise<void>;
  /** By SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  isUp(): boolean;
  pid(): number | undefined;
  /** What it logged as an error, with what follows it. */
  errors(): string[];
  /** Its last words, where it ended without having been asked. */
  crashes(): string[];
  close(): Promise<void>;
};

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const secret = 'the secret of the fault suite, and of nothing else';

/** `postgres` and `redis` answer where those are at the moment; proxies of this process alone stand in front of both. */
export async function createProcess(options: {
  databaseUrl: string;
  redisPort: number;
  drainSeconds?: number;
  /** Words for node, before the program. */
  node?: string[];
}): Promise<Process> {
  const databaseUrl = new URL(options.databaseUrl);
  const [front, toPostgres, toRedis] = await Promise.all([
    createProxy(),
    createProxy(Number(databaseUrl.port)),
    createProxy(options.redisPort),
  ]);
  databaseUrl.port = String(toPostgres.port);
  let program: Guarded | undefined;
  let said = '';
  /** Those whose end was asked for. What they print may end long after they have. */
  const asked = new WeakSet<Guarded>();
  const crashes: string[] = [];

  const end = (running: Guarded): Promise<void> => {
    asked.add(running);
    return stopGuarded(running);
  };
  const gone = (): boolean => !program || program.exitCode !== null || program.signalCode !== null;

  return {
    front,
    toPostgres,
    toRedis,
    async start() {
      const started = spawnGuarded([process.execPath, ...(options.node ?? []), main], {
        signal: 'TERM',
        env: {
          PATH: process.env['PATH'],
          HOST: '127.0.0.1',
          PORT: '0',
          LOG_LEVEL: 'warn',
          DATABASE_URL: databaseUrl.href,
          REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
          AUTH_SECRET: secret,
          DRAIN_SECONDS: String(options.drainSeconds ?? 1),
        },
      });
      program = started;
      let mine = '';
      started.once('close', (code) => {
        if (!asked.has(started)) crashes.push(`A process ended by itself (${code}):\n${mine.slice(-3_000)}`);
      });
      front.target = await new Promise<number>((resolve, reject) => {
        started.stderr.setEncoding('utf8').on('data', (chunk: string) => {
          mine += chunk;
          said += chunk;
          const port = /http:\/\/[^\s/]+:(\d+)\/graphql/.exec(mine)?.[1];
          if (port) resolve(Number(port));
        });
        started.once('exit', (code) => reject(new Error(`It ended (${code}) before it was ready:\n${mine}`)));
      });
    },
    async kill() {
      if (!program || gone() || program.pid === undefined) return;
      asked.add(program);
      const over = once(program, 'exit');
      // The shell that guards it leads a group of its own: with it goes the program.
      process.kill(-program.pid, 'SIGKILL');
      front.target = null;
      await over;
    },
    async stop() {
      if (program) await end(program);
      front.target = null;
    },
    isUp: () => front.target !== null && !gone(),
    pid: () => program?.pid,
    errors: () =>
      said.split(/\n(?=\S* ?(?:error|fatal|warn|info) )/).filter((entry) => /^\S* ?(error|fatal) /.test(entry)),
    crashes: () => crashes,
    async close() {
      if (program) await end(program);
      await Promise.all([front, toPostgres, toRedis].map((proxy) => proxy.close()));
    },
  };
}

export const tokenOf = (sub: string, role: 'customer' | 'vendor' | 'service'): Promise<string> =>
  signToken({ secret, sub, name: sub, role, expiresInSeconds: 3_600 });
