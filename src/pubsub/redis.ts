/** Carries rings between processes: graphql-redis-subscriptions on ioredis, cured of what loses events or ends processes. */

import { RedisPubSub } from 'graphql-redis-subscriptions';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.ts';
import { deepFreeze } from './freeze.ts';
import type { PubSub } from './pubsub.ts';

/** In milliseconds: between two attempts to connect, and for a connection to end in order. */
const slowestRetry = 500;
const longestGoodbye = 500;
/** How often each connection is asked whether it is there, and how often in vain before it is made anew. */
const heartbeat = 1_000;
const mostUnanswered = 2;

const patience: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 50, slowestRetry),
  connectTimeout: 3_000,
  // One that is half open never says that it has closed.
  disconnectTimeout: 100,
};

/**
 * Connects by itself, again and again. Installations that share a Redis are told apart by the path of their URLs, as
 * they are for keys: Redis has its channels in common for all its databases.
 */
export function createRedisPubSub(options: { url: string; log: Log }): PubSub {
  const { log } = options;
  const url = new URL(options.url);
  const channelOf = (channel: string): string => `haggle:${url.pathname.slice(1) || '0'}:${channel}`;
  const server = new URL('/', url);
  server.search = url.search;
  const connect = (more: RedisOptions): Redis => quietly(new Redis(server.href, { ...patience, ...more }));
  // What cannot be sent now is dropped: flushed after an outage, it would come before the others have subscribed again.
  const publisher = connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  // Subscribing waits as long as it takes.
  const subscriber = connect({ maxRetriesPerRequest: null });
  const engine = new RedisPubSub({ publisher, subscriber: patient(subscriber, log) });
  const isUp = (): boolean => publisher.status === 'ready' && subscriber.status === 'ready';
  let closing = false;
  tellOutages([publisher, subscriber], () => closing || isUp(), log);
  const unwatch = [publisher, subscriber].map(watch);

  return {
    async subscribe(channel, onMessage) {
      let over = false;
      const id = await engine.subscribe(channelOf(channel), (message: unknown) => {
        if (!over) onMessage(deepFreeze(message));
      });
      // Only now can it be taken back: before the acknowledgement, the next message would throw.
      return () => {
        if (!over) engine.unsubscribe(id);
        over = true;
      };
    },
    publish: (channel, message) => void engine.publish(channelOf(channel), message).catch(() => {}),
    isUp,
    async close() {
      closing = true;
      for (const stop of unwatch) stop();
      await Promise.all([publisher, subscriber].map(sayGoodbye));
    },
  };
}

/** No command's failure may end the process. ioredis and RedisPubSub leave some promises to themselves. */
function quietly(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    command.promise.catch(() => {});
    return send(command, stream);
  };
  return redis;
}

/**
 * What RedisPubSub needs of the subscriber. A subscription that Redis refuses (it may still be loading) is tried again:
 * told of an error, RedisPubSub would reject a promise that nobody has. Patterns are never subscribed to.
 */
function patient(redis: Redis, log: Log): Redis {
  async function subscribe(channel: string, acknowledged: (error: null) => void): Promise<void> {
    while (!isOver(redis)) {
      try {
        await redis.subscribe(channel);
        return acknowledged(null);
      } catch (error) {
        if (isOver(redis)) return;
        log.warn({ err: error }, 'Redis refused a subscription');
        await new Promise((resolve) => setTimeout(resolve, slowestRetry).unref());
      }
    }
  }
  const face = {
    on: (event: string, listener: (...values: unknown[]) => void) => redis.on(event, listener),
    subscribe,
    unsubscribe: (channel: string) => void redis.unsubscribe(channel),
    punsubscribe: () => {},
  };
  return face as unknown as Redis;
}

const isOver = (redis: Redis): boolean => redis.status === 'end';

/**
 * A connection that was cut without a word looks open, and TCP takes minutes to notice: one that does not answer is made
 * anew. ioredis itself waits for the first answer on a new one without end. Asked twice, since the first answer may wait
 * behind a busy turn of this process.
 */
function watch(redis: Redis): () => void {
  let unanswered = 0;
  const heard = (): void => {
    unanswered = 0;
  };
  redis.on('ready', heard).on('close', heard);
  const timer = setInterval(() => {
    if (redis.status !== 'ready' && redis.status !== 'connect') return;
    if (unanswered === mostUnanswered) return redis.disconnect(true);
    unanswered += 1;
    if (redis.status === 'ready') void redis.ping().then(heard, () => {});
  }, heartbeat).unref();
  return () => clearInterval(timer);
}

/** One line when Redis goes and one when it is back, however many attempts there are between. */
function tellOutages(connections: readonly Redis[], isFine: () => boolean, log: Log): void {
  let away = false;
  const gone = (error?: unknown): void => {
    if (!away && !isFine()) log.warn({ err: error }, 'Redis is away: what happens is read from the database meanwhile');
    away ||= !isFine();
  };
  const back = (): void => {
    if (away && isFine()) log.info('Redis is back');
    away &&= !isFine();
  };
  for (const connection of connections) connection.on('error', gone).on('close', gone).on('ready', back);
}

/** Lets what was published go out first. A connection that is not up has nothing to say. */
async function sayGoodbye(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, longestGoodbye);
  });
  if (redis.status === 'ready') await Promise.race([redis.quit().catch(() => {}), late]);
  clearTimeout(timer);
  redis.disconnect();
}
