/** Connections to Redis that come back by themselves, never end the process, and are noticed when they are cut without a word. */

import { Redis, type RedisOptions } from 'ioredis';

/** In milliseconds: between two attempts to connect, and for a connection to end in order. */
export const slowestRetry = 500;
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

export type Connection = { redis: Redis; close(): Promise<void> };

/**
 * Installations that share a Redis are told apart by the path of their URLs, in the names of channels and keys alike:
 * Redis has its channels in common for all its databases.
 */
export function openRedis(address: string): {
  connect: (options: RedisOptions) => Connection;
  nameOf: (name: string) => string;
} {
  const url = new URL(address);
  const server = new URL('/', url);
  server.search = url.search;
  return {
    nameOf: (name) => `haggle:${url.pathname.slice(1) || '0'}:${name}`,
    connect(options) {
      const redis = quietly(new Redis(server.href, { ...patience, ...options }));
      const unwatch = watch(redis);
      return {
        redis,
        async close() {
          unwatch();
          await sayGoodbye(redis);
        },
      };
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
