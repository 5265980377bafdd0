/** The program itself, started as its users start it, on the tests' database and Redis. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { signToken } from '../../src/auth/token.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const secret = 'the secret of the tests of the client library';

export type RunningApi = { port: number; url: string; stop(): Promise<void>; kill(): Promise<void> };

/** `port`: where one ran before; else any that is free. */
export async function startApi(options: { databaseUrl: string; redisUrl: string; port?: number }): Promise<RunningApi> {
  const program = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      PORT: String(options.port ?? 0),
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl,
      AUTH_SECRET: secret,
    },
  });
  const port = await portOf(program);
  const end = async (signal: NodeJS.Signals) => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    const gone = once(program, 'exit');
    program.kill(signal);
    await gone;
  };
  return { port, url: `http://127.0.0.1:${port}/graphql`, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function portOf(program: ChildProcess): Promise<number> {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk;
      const port = /http:\/\/[^\s"/]+:(\d+)\/graphql/.exec(said)?.[1];
      if (port) resolve(Number(port));
    };
    program.stdout?.on('data', hear);
    program.stderr?.on('data', hear);
    program.on('exit', (code) => reject(new Error(`It ended (${code}) before it was ready:\n${said}`)));
  });
}

export const tokenOf = (
  sub: string,
  role: 'customer' | 'vendor' | 'service',
  expiresInSeconds = 3_600,
): Promise<string> => signToken({ secret, sub, name: sub, role, expiresInSeconds });
