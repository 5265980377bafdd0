/** Apollo Server with graphql-ws, as its documentation has it, and RedisPubSub for production. */

import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import { makeExecutableSchema } from '@graphql-tools/schema';
import express from 'express';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { typeDefs } from '../bid-placed.ts';
import { serve } from './peer.ts';
import { openPubSub, type PubSub } from './redis-pubsub.ts';

let pubsub: PubSub;

serve({
  async start({ redisUrl }) {
    pubsub = openPubSub(redisUrl);
    const schema = makeExecutableSchema({ typeDefs, resolvers: pubsub.resolvers });
    const app = express();
    const server = createServer(app);
    useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
    const apollo = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer: server })] });
    await apollo.start();
    app.use('/graphql', express.json(), expressMiddleware(apollo));
    return server;
  },
  publish: (topic) => pubsub.publish(topic),
});
