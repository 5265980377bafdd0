/** Not a server: graphql-redis-subscriptions as its documentation has it, for those that use it. */

import { RedisPubSub } from 'graphql-redis-subscriptions';
import { Redis } from 'ioredis';
import { nextEvent } from '../bid-placed.ts';

export type PubSub = ReturnType<typeof openPubSub>;

export function openPubSub(redisUrl: string) {
  const pubsub = new RedisPubSub({ publisher: new Redis(redisUrl), subscriber: new Redis(redisUrl) });
  return {
    resolvers: {
      Query: { hello: () => 'world' },
      Subscription: {
        bidPlaced: {
          subscribe: (_: unknown, { orderId }: { orderId: string }) => pubsub.asyncIterator(`order:${orderId}`),
        },
      },
    },
    publish: (orderId: string) => void pubsub.publish(`order:${orderId}`, { bidPlaced: nextEvent(orderId) }),
  };
}
