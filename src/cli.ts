/** The commands beside the server: `migrate` brings the database up to date, `token` prints a token. */

import { parseArgs } from 'node:util';
import { signToken } from './auth/token.ts';
import { type Config, readConfig } from './config.ts';
import { startEmbedded } from './db/embedded.ts';
import { migrateDatabase } from './db/migrate.ts';
import { createLifecycle } from './lifecycle.ts';
import { createLog, type Log, lastWords, StartupError } from './log.ts';

const usage = `Usage:
  npm run migrate
  npm run token -- --sub ID --role customer|vendor|service [--name NAME] [--expires-in SECONDS, a day if unsaid]`;

async function main([command, ...words]: string[]): Promise<void> {
  switch (command) {
    case 'migrate': {
      const config = readConfig();
      // Standard output is for what a command answers.
      const log = createLog({ level: config.logLevel, pretty: !config.production, output: process.stderr });
      return migrate(config, log);
    }
    case 'token':
      console.log(await token(words));
      return;
    default:
      throw new StartupError(usage);
  }
}

async function migrate(config: Config, log: Log): Promise<void> {
  const lifecycle = createLifecycle({ log });
  try {
    let url = config.databaseUrl;
    if (url === null) {
      const embedded = await startEmbedded({ dataDir: config.dataDir, log });
      lifecycle.onClose('PostgreSQL', () => embedded.stop(), 30_000);
      url = embedded.url;
    }
    await migrateDatabase({ url, log });
    log.info('the database is up to date');
  } finally {
    await lifecycle.close();
  }
}

const roles = ['customer', 'vendor', 'service'] as const;

async function token(words: string[]): Promise<string> {
  const { sub, name, ...given } = options(words);
  const role = roles.find((known) => known === given.role);
  const expiresInSeconds = Number(given['expires-in'] ?? 24 * 60 * 60);
  if (!sub || !role || !(expiresInSeconds > 0)) throw new StartupError(usage);
  const { auth } = readConfig();
  if (auth.kind === 'jwks') {
    throw new StartupError(
      'AUTH_JWKS_URL is set: tokens come from whoever holds the private keys behind that address.',
    );
  }
  const { secret, issuer, audience } = auth;
  return signToken({ secret, sub, role, name: name ?? sub, expiresInSeconds, issuer, audience });
}

function options(words: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: words, options: { sub: text, role: text, name: text, 'expires-in': text } }).values;
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(lastWords(error));
  process.exitCode = 1;
}
