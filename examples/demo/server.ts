/** Finds a running server to play against, or starts one and stops it at the end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Stage = {
  /** Where customers and back ends are, and where vendors are: /graphql of the same process, or of two. */
  customers: string;
  vendors: string;
  /** What tokens are signed with, where that is known. */
  secret: string | undefined;
  /** For the audience: what is played against. */
  told: string;
  stop(): Promise<void>;
};

export const root = fileURLToPath(new URL('../..', import.meta.url));

const { env } = process;

export async function findStage(): Promise<Stage> {
  const given = env['HAGGLE_URL'];
  const customers = env['HAGGLE_CUSTOMER_URL'] ?? given ?? env['HAGGLE_VENDOR_URL'];
  const vendors = env['HAGGLE_VENDOR_URL'] ?? given ?? customers;
  const running = { secret: env['AUTH_SECRET'] || undefined, stop: async () => {} };
  if (customers && vendors) {
    for (const url of new Set([customers, vendors])) {
      if (!(await answers(url))) throw new Error(`Nothing that speaks this API answers at ${url}.`);
    }
    return { ...running, customers, vendors, told: where(customers, vendors) };
  }
  const usual = `http://localhost:${env['PORT'] || 4000}/graphql`;
  if (await answers(usual)) return { ...running, customers: usual, vendors: usual, told: `the server at ${usual}` };
  return start();
}

const where = (customers: string, vendors: string): string =>
  customers === vendors
    ? `the server at ${customers}`
    : `two servers: customers at ${customers}, vendors at ${vendors}`;

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ serverTime }"}',
      signal: AbortSignal.timeout(2_000),
    });
    const body = (await answer.json()) as { data?: { serverTime?: unknown } };
    return typeof body.data?.serverTime === 'string';
  } catch {
    return false;
  }
}

/** With a database and a Redis to share it starts two processes, as one would run them; else one with all of its own. */
async function start(): Promise<Stage> {
  const data = await mkdtemp(join(tmpdir(), 'haggle-demo-'));
  const secret = env['AUTH_SECRET'] || randomBytes(32).toString('base64url');
  const two = Boolean(env['DATABASE_URL'] && env['REDIS_URL']);
  const programs: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(programs.map(end));
    await rm(data, { recursive: true, force: true });
  };
  try {
    const urls: string[] = [];
    for (let number = 0; number < (two ? 2 : 1); number++) urls.push(await startOne(programs, { data, secret }));
    const [customers = '', vendors = customers] = urls;
    const kept = env['DATABASE_URL'] ? 'on DATABASE_URL' : 'with a PostgreSQL of its own';
    const told = two
      ? `two servers started for it, on DATABASE_URL and REDIS_URL: customers at ${customers}, vendors at ${vendors}`
      : `a server started for it, ${kept}, at ${customers}`;
    return { customers, vendors, secret, told, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOne(programs: ChildProcess[], { data, secret }: { data: string; secret: string }): Promise<string> {
  const environment: NodeJS.ProcessEnv = {
    ...env,
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: data,
    AUTH_SECRET: secret,
  };
  delete environment['AUTH_JWKS_URL'];
  const program = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  programs.push(program);
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
      const url = /http:\/\/[^\s"]+\/graphql/.exec(said)?.[0];
      if (url) resolve(url);
    };
    program.stdout.on('data', hear);
    program.stderr.on('data', hear);
    program.on('error', reject);
    program.on('exit', (code) => reject(new Error(`The server ended (${code}) before it was ready:\n${said}`)));
  });
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const gone = once(program, 'exit');
  const patience = setTimeout(() => program.kill('SIGKILL'), 15_000);
  program.kill('SIGTERM');
  await gone;
  clearTimeout(patience);
}
