/** A small server that speaks graphql-transport-ws: one log of events, to try the client's own behaviour against. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';

const schema = buildSchema(`
  scalar Cursor
  type Query { order(id: ID!): Order  orders(first: Int): Order }
  type Order { cursor: Cursor! }
  type Mutation { place(input: String): String }
  type Subscription { bidPlaced(orderId: ID, after: Cursor): Event  standingChanged: Standing }
  type Event { id: ID!  cursor: Cursor!  amount: Int! }
  type Standing { rank: Int }
`);

type Event = { id: string; cursor: string; amount: number };
type Told = { after?: string | null };

export type SmallServer = {
  url: string;
  port: number;
  /** Appends an event, and hands it to those who listen. */
  tell(id: string): void;
  /** What subscriptions asked to start after, in their order; undefined where they said nothing. */
  asked: (string | null | undefined)[];
  /** The tokens that connections were opened with, null for none. */
  tokens: (string | null)[];
  /** How often the mutation was carried out; while `silent` it is not answered. */
  placed: number;
  silent: boolean;
  /** Connections with these tokens are closed with 4403. */
  refused: Set<string>;
  /** The next subscriptions are answered with these error codes. */
  errors: { code: string; retryAfter?: number }[];
  /** Sends each event this many times. */
  copies: number;
  /** Ends all subscriptions, as a server does that has no more to say. */
  complete(): void;
  /** Closes all sockets. */
  closeAll(code: number): void;
  listening(): number;
  close(): Promise<void>;
};

export async function createSmallServer(): Promise<SmallServer> {
  const log: Event[] = [];
  const wakes = new Set<() => void>();
  let rounds = 0;

  async function* events({ after }: Told): AsyncGenerator<{ bidPlaced: Event }> {
    const round = rounds;
    let at = after == null ? log.length : Number(after.slice(1));
    while (round === rounds) {
      for (; at < log.length; at++) for (let copy = 0; copy < server.copies; copy++) yield { bidPlaced: log[at]! };
      await new Promise<void>((resolve) => wakes.add(resolve));
    }
  }

  function wake(): void {
    const waiting = [...wakes];
    wakes.clear();
    for (const resolve of waiting) resolve();
  }

  const cursor = () => ({ cursor: `c${log.length}` });
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  const disposable = useServer<{ token?: string }, { socket: WebSocket }>(
    {
      schema,
      roots: {
        query: { order: cursor, orders: cursor },
        mutation: {
          place: async () => {
            server.placed += 1;
            if (server.silent) await new Promise(() => {});
            return 'placed';
          },
        },
        subscription: {
          standingChanged: async function* () {
            for (let rank = 1; rank < 4; rank++) yield { standingChanged: { rank } };
          },
          bidPlaced: (told: Told) => {
            server.asked.push(told.after);
            const error = server.errors.shift();
            if (error) throw new GraphQLError(error.code, { extensions: error });
            return events(told);
          },
        },
      },
      onConnect: ({ connectionParams, extra }) => {
        const token = connectionParams?.token ?? null;
        server.tokens.push(token);
        if (token !== null && server.refused.has(token)) {
          extra.socket.close(4403, 'Forbidden');
          return false;
        }
        return true;
      },
      // A refused subscription is one result with errors, then complete: not an error frame, which ends some clients.
      onError: (_context, _id, _payload, errors) => errors as never,
    },
    sockets,
  );
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;

  const server: SmallServer = {
    url: `http://127.0.0.1:${port}/graphql`,
    port,
    tell(id) {
      log.push({ id, cursor: `c${log.length + 1}`, amount: log.length });
      wake();
    },
    asked: [],
    tokens: [],
    placed: 0,
    silent: false,
    refused: new Set(),
    errors: [],
    copies: 1,
    complete() {
      rounds += 1;
      wake();
    },
    closeAll(code) {
      for (const socket of sockets.clients) socket.close(code, 'by the test');
    },
    listening: () => wakes.size,
    async close() {
      server.complete();
      await disposable.dispose();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}
