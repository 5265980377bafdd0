/** Mercurius on Fastify, compiled just in time, with its emitter over Redis. */

import Fastify from 'fastify';
import mercurius from 'mercurius';
import redisEmitter from 'mqemitter-redis';
import { nextEvent, typeDefs } from '../bid-placed.ts';
import { serve } from './peer.ts';

const app = Fastify();

serve({
  async start({ redisUrl }) {
    await app.register(mercurius, {
      schema: typeDefs,
      resolvers: {
        Query: { hello: () => 'world' },
        Subscription: {
          bidPlaced: {
            subscribe: (_root: unknown, { orderId }: { orderId: string }, { pubsub }: mercurius.MercuriusContext) =>
              pubsub.subscribe(`order:${orderId}`),
          },
        },
      },
      jit: 1,
      subscription: { emitter: redisEmitter({ connectionString: redisUrl }) },
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  publish(topic) {
    app.graphql.pubsub.publish({ topic: `order:${topic}`, payload: { bidPlaced: nextEvent(topic) } });
  },
});
