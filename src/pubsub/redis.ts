/** Carries rings between processes: graphql-redis-subscriptions on ioredis, cured of what loses events or ends processes. */

import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { deepFreeze } from './freeze.ts';
import type { PubSub } from './pubsub.ts';
import { openRedis, slowestRetry } from './redis-connection.ts';

/** Connects by itself, again and again. */
export function createRedisPubSub(options: { url: string; log: Log }): PubSub {
  const { log } = options;
  const { connect, nameOf: channelOf } = openRedis(options.url);
  // What cannot be sent now is dropped: flushed after an outage, it would come before the others have subscribed again.
  const publishing = connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  // Subscribing waits as long as it takes.
  const subscribing = connect({ maxRetriesPerRequest: null });
  const [publisher, subscriber] = [publishing.redis, subscribing.redis];
  const engine = new RedisPubSub({ publisher, subscriber: patient(subscriber, log) });
  const isUp = (): boolean => publisher.status === 'ready' && subscriber.status === 'ready';
  let closing = false;
  tellOutages([publisher, subscriber], () => closing || isUp(), log);

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
    publish(channel, message) {
      inOneWrite(publisher);
      void engine.publish(channelOf(channel), message).catch(() => {});
    },
    isUp,
    async close() {
      closing = true;
      await Promise.all([publishing.close(), subscribing.close()]);
    },
  };
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

/** What is published in this turn goes out as one write: a batch rings for every topic that it moved. */
function inOneWrite({ stream }: Redis): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

const isOver = (redis: Redis): boolean => redis.status === 'end';

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
