/** GraphQL Yoga with graphql-ws and RedisPubSub, put together as their documentation has it. */

import { createServer } from 'node:http';
import type { ExecutionArgs, execute, GraphQLSchema, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { typeDefs } from '../bid-placed.ts';
import { serve } from './peer.ts';
import { openPubSub, type PubSub } from './redis-pubsub.ts';

let pubsub: PubSub;

type Enveloped = { execute: typeof execute; subscribe: typeof subscribe };
const enveloped = (args: ExecutionArgs): Enveloped => args.rootValue as Enveloped;

serve({
  async start({ redisUrl }) {
    pubsub = openPubSub(redisUrl);
    const schema = createSchema({ typeDefs, resolvers: pubsub.resolvers });
    const yoga = createYoga({ schema, graphiql: { subscriptionsProtocol: 'WS' } });
    const server = createServer((request, response) => void yoga(request, response));
    const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
    useServer(
      {
        execute: (args) => enveloped(args).execute(args),
        subscribe: (args) => enveloped(args).subscribe(args),
        async onSubscribe(context, _id, params) {
          const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
            ...context,
            req: context.extra.request,
            socket: context.extra.socket,
            params,
          });
          const args = {
            schema: schema as GraphQLSchema,
            operationName: params.operationName,
            document: parse(params.query),
            variableValues: params.variables,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe },
          };
          const errors = validate(args.schema, args.document);
          return errors.length > 0 ? errors : args;
        },
      },
      sockets,
    );
    return server;
  },
  publish: (topic) => pubsub.publish(topic),
});
