/** Starts the server: reads the environment, opens everything in order, wires it by hand, and says where to look next. */

import { createTokenVerifier } from './auth/token.ts';
import { createCommands } from './commands/commands.ts';
import { type Config, readConfig } from './config.ts';
import { codeOf } from './db/away.ts';
import { closeDatabase, type Database, openDatabase } from './db/connection.ts';
import { startEmbedded } from './db/embedded.ts';
import { createHistory } from './db/events.ts';
import { migrateDatabase } from './db/migrate.ts';
import { endChannel } from './db/preferences.ts';
import { createRemember } from './db/users.ts';
import type { Channel } from './domain/preferences.ts';
import { startAway } from './jobs/away.ts';
import { startDeadlines } from './jobs/deadlines.ts';
import { startPruning } from './jobs/prune.ts';
import { followRevocations } from './jobs/revocations.ts';
import { closeOnSignals, createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createLog, type Log, lastWords, StartupError } from './log.ts';
import { createMail } from './notify/mail.ts';
import { longest, type Sender } from './notify/sender.ts';
import { createWebhook } from './notify/webhook.ts';
import { createHub } from './pubsub/hub.ts';
import { createMemoryPubSub } from './pubsub/memory.ts';
import { presenceTimings } from './pubsub/presence.ts';
import { createMemoryPresence } from './pubsub/presence-memory.ts';
import { createRedisPresence } from './pubsub/presence-redis.ts';
import { createRedisPubSub } from './pubsub/redis.ts';
import { createRing } from './pubsub/ring.ts';
import { encodeId } from './schema/ids.ts';
import { dataOf } from './schema/notification-data.ts';
import { schema } from './schema/schema.ts';
import { createHttpServer, type Server } from './server/http.ts';

/** Connections to the database. Joins and replays have their own, so that clients coming back hold up no mutation. */
const connections = { work: 10, history: 4 };

/** Seconds in which the database has to begin to answer a statement. */
const longestSilence = 5;

async function start(config: Config, log: Log, lifecycle: Lifecycle): Promise<void> {
  const url = config.databaseUrl ?? (await startDatabase(config, log, lifecycle));
  await prepared(url, log);
  const db = pool(url, connections.work);
  const history = createHistory(pool(url, connections.history));

  const { redisUrl } = config;
  const pubsub = redisUrl === null ? createMemoryPubSub() : createRedisPubSub({ url: redisUrl, log });
  lifecycle.onClose('pub/sub', () => pubsub.close());
  // Who was here has to be known when those who were not are looked after.
  const timings = { memory: presenceTimings.memory + config.fallbackAfterSeconds * 1_000 };
  const presence =
    redisUrl === null ? createMemoryPresence({ timings }) : createRedisPresence({ url: redisUrl, timings });
  lifecycle.onClose('presence', () => presence.close());
  const senders = openSenders(config, lifecycle);
  const fallbackAfter = senders.size > 0 ? config.fallbackAfterSeconds * 1_000 : null;
  const commands = createCommands({
    db,
    ring: createRing(pubsub),
    confirmWithin: config.confirmWithinSeconds * 1_000,
    fallbackAfter,
  });
  lifecycle.onClose('commands', () => commands.idle());
  const hub = createHub({ pubsub, history, log });
  lifecycle.onClose('hub', () => hub.close());

  const users = createRemember(db);
  const { auth } = config;
  const server = createHttpServer({
    schema,
    services: { db, commands, hub, presence },
    verify: createTokenVerifier(auth, users.remember),
    probes: { database: () => db.$client`select 1`, hub: () => hub.status() },
    endMails: (token) => endChannel(db.$client, 'EMAIL', token),
    signIn: auth.kind === 'secret' && auth.development ? auth : undefined,
    log,
    timings: { stall: config.stallSeconds * 1_000 },
  });
  const revocations = await followRevocations({
    hub,
    log,
    onRevoked(revocation) {
      // First no more may come in, then those end that are in.
      users.revoke(revocation.userId);
      server.revoke(revocation);
    },
    onMissed: users.forget,
  });
  lifecycle.onClose('revocations', () => revocations.stop());
  const pruning = startPruning({ db, eventRetentionDays: config.eventRetentionDays, log });
  lifecycle.onClose('pruning', () => pruning.stop());
  const deadlines = startDeadlines({ db, commands, log });
  lifecycle.onClose('deadlines', () => deadlines.stop());
  if (fallbackAfter !== null) {
    const away = startAway({ db, senders, wasOnline: presence.wasOnline, after: fallbackAfter, log });
    lifecycle.onClose('those who are away', () => away.stop(), longest + 1_000);
  }
  const port = await listening(server, config);
  const spread = config.drainSeconds * 1_000;
  lifecycle.onClose('server', () => server.close(spread), server.longestClose(spread));
  sayWhereToLook(config, port, log);

  function pool(address: string, size: number): Database {
    const opened = openDatabase({ url: address, connections: size, longestSilence, log });
    lifecycle.onClose('connections to the database', () => closeDatabase(opened), 6_000);
    return opened;
  }
}

/** One for each channel that is configured. */
function openSenders({ mail, webhook }: Config, lifecycle: Lifecycle): Map<Channel, Sender> {
  const senders = new Map<Channel, Sender>();
  if (mail) senders.set('EMAIL', createMail(mail));
  const inApi = { id: (id: string) => encodeId('Notification', id), data: dataOf };
  if (webhook) senders.set('WEBHOOK', createWebhook({ ...webhook, inApi }));
  for (const [channel, sender] of senders) lifecycle.onClose(channel, () => sender.close());
  return senders;
}

async function startDatabase({ dataDir }: Config, log: Log, lifecycle: Lifecycle): Promise<string> {
  const embedded = await startEmbedded({
    dataDir,
    log,
    onExit() {
      log.fatal('the embedded PostgreSQL has ended');
      void lifecycle.close().then(() => process.exit(1));
    },
  });
  lifecycle.onClose('PostgreSQL', () => embedded.stop(), 30_000);
  return embedded.url;
}

async function prepared(url: string, log: Log): Promise<void> {
  try {
    await migrateDatabase({ url, log });
  } catch (error) {
    if (codeOf(error) === null) throw error;
    const { host, pathname } = new URL(url);
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    throw new StartupError(
      `The database ${pathname.slice(1)} at ${host} cannot be used: ${reason.message || codeOf(error)}.`,
      { cause: error },
    );
  }
}

async function listening(server: Server, { host, port }: Config): Promise<number> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE') {
      throw new StartupError(`Port ${port} is in use by another program: set PORT to another one.`, { cause: error });
    }
    throw new StartupError(`It cannot listen at ${host}:${port} (${code}): set HOST and PORT to others.`, {
      cause: error,
    });
  }
}

function sayWhereToLook(config: Config, port: number, log: Log): void {
  const anywhere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(config.host);
  const host = anywhere ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host;
  const base = `http://${host}:${port}`;
  if (config.production) {
    log.info({ graphql: `${base}/graphql`, health: `${base}/health/ready` }, 'ready');
    return;
  }
  const signIn = config.auth.kind === 'secret' && config.auth.development;
  const lines = [
    ['GraphiQL', `${base}/graphql${signIn ? '   choose at its top who you are' : ''}`],
    ['Health', `${base}/health/ready`],
    ...(config.auth.kind === 'secret' ? [['A token', 'npm run token -- --sub acme --role vendor --name "Acme"']] : []),
    ['Data', config.databaseUrl === null ? `${config.dataDir} (embedded PostgreSQL)` : 'DATABASE_URL'],
    ['Events', config.redisUrl === null ? 'within this process (REDIS_URL is for several)' : 'REDIS_URL'],
  ];
  const shown = lines.map(([what = '', where]) => `  ${what.padEnd(10)}${where}`);
  process.stdout.write(`\nHaggle is ready.\n${shown.join('\n')}\n\n`);
}

try {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, pretty: !config.production, output: process.stdout });
  const lifecycle = createLifecycle({ log });
  closeOnSignals(lifecycle, log);
  try {
    await start(config, log, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
} catch (error) {
  console.error(lastWords(error));
  process.exit(1);
}
