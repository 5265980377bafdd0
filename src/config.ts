/** Reads the environment, in this file only, and tells everything that is wrong with it at once. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { developmentSecret } from './development-secret.ts';
import { type LogLevel, StartupError } from './log.ts';

export type Auth = { issuer?: string; audience?: string } & (
  | {
      kind: 'secret';
      secret: string;
      /** The secret is one of our own making, and everybody may sign in as anybody. */
      development: boolean;
    }
  | { kind: 'jwks'; url: string }
);

export type Config = {
  production: boolean;
  host: string;
  /** 0: any that is free. */
  port: number;
  /** Null: embedded, under `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  /** Null: within this process. */
  redisUrl: string | null;
  auth: Auth;
  /** How long a user's own events are kept. */
  eventRetentionDays: number;
  /** How long a reader may take nothing before it is closed. */
  stallSeconds: number;
  /** Over how long the close of all sockets is spread. */
  drainSeconds: number;
  logLevel: LogLevel;
};

/** An address with one of these schemes. */
const address = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  });

/** A whole number of seconds. */
const seconds = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,5}$/, { error, abort: true })
    .transform(Number)
    .refine((given) => given >= least && given <= most, { error });
};

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Every variable there is; each also stands in .env.example. */
export const variables = {
  NODE_ENV: z.string().default('development'),
  HOST: z.string().optional(),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'must be a whole number from 0 to 65535', abort: true })
    .transform(Number)
    .refine((port) => port <= 65535, { error: 'must be a whole number from 0 to 65535' })
    .default(4000),
  DATABASE_URL: address('postgres:', 'postgresql:').optional(),
  DATA_DIR: z.string().default('.data'),
  REDIS_URL: address('redis:', 'rediss:').optional(),
  AUTH_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, { error: 'must be at least 32 bytes long' })
    .optional(),
  AUTH_JWKS_URL: address('https:', 'http:').optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  EVENT_RETENTION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, { error: 'must be a whole number from 1 to 99999' })
    .transform(Number)
    .default(30),
  STALL_SECONDS: seconds(1, 3_600).default(30),
  DRAIN_SECONDS: seconds(0, 3_600).default(10),
  LOG_LEVEL: z.enum(levels, { error: `must be one of ${levels.join(', ')}` }).default('info'),
};

const environment = z.object(variables);
type Environment = z.output<typeof environment>;

/** What the process was started with, and what a file .env in its folder adds to that. */
function environmentOfProcess(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** Throws a StartupError with one sentence for each problem. An empty variable counts as unset. */
export function readConfig(env: NodeJS.ProcessEnv = environmentOfProcess()): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);
  const wanted = missing(given);
  if (wanted) problems.push(wanted);
  if (!parsed.success || wanted) throw new StartupError(['The environment does not fit:', ...problems].join('\n  '));

  const { data } = parsed;
  const production = data.NODE_ENV === 'production';
  return {
    production,
    // In development anybody who reaches the port may sign in as anybody.
    host: data.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: data.PORT,
    databaseUrl: data.DATABASE_URL ?? null,
    dataDir: data.DATA_DIR,
    redisUrl: data.REDIS_URL ?? null,
    auth: authOf(data),
    eventRetentionDays: data.EVENT_RETENTION_DAYS,
    stallSeconds: data.STALL_SECONDS,
    drainSeconds: data.DRAIN_SECONDS,
    logLevel: data.LOG_LEVEL,
  };
}

/** What the variables say of each other. */
function missing(given: Record<string, string | undefined>): string | null {
  if (given['AUTH_SECRET'] && given['AUTH_JWKS_URL']) return 'AUTH_SECRET and AUTH_JWKS_URL are both set: choose one.';
  if (given['NODE_ENV'] === 'production' && !given['AUTH_SECRET'] && !given['AUTH_JWKS_URL']) {
    return 'In production AUTH_SECRET or AUTH_JWKS_URL has to be set: who asks is told by tokens that one of them verifies.';
  }
  return null;
}

function authOf(data: Environment): Auth {
  const claims = {
    ...(data.AUTH_ISSUER === undefined ? {} : { issuer: data.AUTH_ISSUER }),
    ...(data.AUTH_AUDIENCE === undefined ? {} : { audience: data.AUTH_AUDIENCE }),
  };
  if (data.AUTH_JWKS_URL !== undefined) return { kind: 'jwks', url: data.AUTH_JWKS_URL, ...claims };
  if (data.AUTH_SECRET !== undefined)
    return { kind: 'secret', secret: data.AUTH_SECRET, development: false, ...claims };
  return { kind: 'secret', secret: developmentSecret(data.DATA_DIR), development: true, ...claims };
}
