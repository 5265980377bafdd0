/** Starts the program itself, as one would run it, and lets a test stop or kill it. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { afterAll } from 'vitest';
import { spawnGuarded, stopGuarded } from '../../src/db/embedded/guarded.ts';

export type Api = {
  /** Of /graphql. */
  url: string;
  /** All that it printed so far. */
  said(): string;
  /** As by kill -9. Resolves when it is gone. */
  kill(): Promise<void>;
};

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
export const secret = 'the secret of the end-to-end tests, and of nothing else';

const clients = new Set<() => unknown>();

/** Clients are closed before the programs that they talk to. */
export function closeFirst(close: () => unknown): void {
  clients.add(close);
}

/**
 * One process of its own on a free port; without `redisUrl` it rings within itself. Stopped after the file's
 * last test: call it at the top of a file.
 */
export async function startApi(options: {
  databaseUrl: string;
  redisUrl?: string;
  env?: Record<string, string>;
}): Promise<Api> {
  const program = spawnGuarded([process.execPath, main], {
    signal: 'TERM',
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl ?? '',
      AUTH_SECRET: secret,
      ...options.env,
    },
  });
  let said = '';
  afterAll(async () => {
    await Promise.all([...clients].map((close) => close()));
    clients.clear();
    await stopGuarded(program);
  });
  const port = await new Promise<string>((resolve, reject) => {
    program.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      const [, found] = /http:\/\/[^\s/]+:(\d+)\/graphql/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    program.once('exit', (code) => reject(new Error(`The program ended (${code}) before it was ready:\n${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    said: () => said,
    async kill() {
      if (program.pid === undefined || program.exitCode !== null || program.signalCode !== null) return;
      const gone = once(program, 'exit');
      // The shell that guards it leads a group of its own: with it goes the program.
      process.kill(-program.pid, 'SIGKILL');
      await gone;
    },
  };
}

/** A token with any claims, also such as no host application would sign; `by` is another secret than the program's. */
export function signClaims(claims: Record<string, unknown>, by = secret): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(by));
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
