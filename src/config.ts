/** Reads the environment, in this file only, and tells everything that is wrong with it at once. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { developmentSecret } from './development-secret.ts';
import { isEmailAddress } from './domain/address.ts';
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
  /** How long a closed order can be confirmed before it expires. */
  confirmWithinSeconds: number;
  /** Over how long the close of all sockets is spread. */
  drainSeconds: number;
  /** How long a notification to somebody who was away may wait to be read before it goes out. */
  fallbackAfterSeconds: number;
  /** Null: no mails. */
  mail: { smtpUrl: string; from: string; publicUrl: string } | null;
  /** Null: no webhooks. */
  webhook: { url: string; secret: string; allowPrivate: boolean } | null;
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
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .refine((given) => given >= least && given <= most, { error });
};

/** `ada@shop.example`, or `Ada <ada@shop.example>`. */
const isMailbox = (text: string): boolean => isEmailAddress(/^[^<>\r\n]*<([^<>]*)>$/.exec(text)?.[1] ?? text);

/** Of 24 to 64 bytes, as Standard Webhooks asks. */
function isWebhookSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  // Padded and all: Node reads more than receivers in other languages do.
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}

const tenYears = 10 * 365 * 24 * 60 * 60;

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
  CONFIRM_WITHIN: seconds(1, tenYears).default(604_800),
  STALL_SECONDS: seconds(1, 3_600).default(30),
  DRAIN_SECONDS: seconds(0, 3_600).default(10),
  FALLBACK_AFTER: seconds(1, 3_600).default(60),
  SMTP_URL: address('smtp:', 'smtps:').optional(),
  MAIL_FROM: z
    .string()
    .refine(isMailbox, { error: 'must be an e-mail address, or a name with one, as Haggle <no-reply@haggle.example>' })
    .optional(),
  PUBLIC_URL: address('https:', 'http:').optional(),
  WEBHOOK_URL: address('https:', 'http:').optional(),
  WEBHOOK_SECRET: z
    .string()
    .refine(isWebhookSecret, { error: 'must be whsec_ and 24 to 64 bytes in base64' })
    .optional(),
  WEBHOOK_ALLOW_PRIVATE: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
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
  problems.push(...missing(given));
  if (!parsed.success || problems.length > 0)
    throw new StartupError(['The environment does not fit:', ...problems].join('\n  '));

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
    confirmWithinSeconds: data.CONFIRM_WITHIN,
    drainSeconds: data.DRAIN_SECONDS,
    fallbackAfterSeconds: data.FALLBACK_AFTER,
    mail: mailOf(data),
    webhook: webhookOf(data),
    logLevel: data.LOG_LEVEL,
  };
}

type Given = Record<string, string | undefined>;

/** What the variables say of each other. */
function missing(given: Given): string[] {
  const production = given['NODE_ENV'] === 'production';
  const problems = [
    given['AUTH_SECRET'] && given['AUTH_JWKS_URL'] && 'AUTH_SECRET and AUTH_JWKS_URL are both set: choose one.',
    production &&
      !given['AUTH_SECRET'] &&
      !given['AUTH_JWKS_URL'] &&
      'In production AUTH_SECRET or AUTH_JWKS_URL has to be set: who asks is told by tokens that one of them verifies.',
    ...['MAIL_FROM', 'PUBLIC_URL'].map(
      (name) =>
        given['SMTP_URL'] && !given[name] && `SMTP_URL needs ${name}: every mail says from whom, and how to end it.`,
    ),
    given['WEBHOOK_URL'] && !given['WEBHOOK_SECRET'] && 'WEBHOOK_URL needs WEBHOOK_SECRET: every webhook is signed.',
    ...['PUBLIC_URL', 'WEBHOOK_URL'].map(
      (name) => production && given[name]?.startsWith('http:') && `In production ${name} has to begin with https://.`,
    ),
  ];
  return problems.filter((problem) => typeof problem === 'string' && problem !== '') as string[];
}

function mailOf({ SMTP_URL: smtpUrl, MAIL_FROM: from, PUBLIC_URL: publicUrl }: Environment): Config['mail'] {
  return smtpUrl === undefined || from === undefined || publicUrl === undefined ? null : { smtpUrl, from, publicUrl };
}

function webhookOf({
  WEBHOOK_URL: url,
  WEBHOOK_SECRET: secret,
  WEBHOOK_ALLOW_PRIVATE,
}: Environment): Config['webhook'] {
  return url === undefined || secret === undefined
    ? null
    : { url, secret, allowPrivate: WEBHOOK_ALLOW_PRIVATE === 'true' };
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
