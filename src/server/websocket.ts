/** GraphQL over WebSocket (graphql-transport-ws): all operations, as the viewer that connection_init's token names. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { TokenRefused, type TokenVerifier } from '../auth/token.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Log } from '../log.ts';
import { createContext, type Services } from '../schema/context.ts';
import { alarm } from './alarm.ts';
import { closeCodes } from './close-codes.ts';
import type { Documents } from './documents.ts';
import type { Mask } from './mask.ts';
import type { Sessions } from './sessions.ts';
import { close, protocolSocket } from './socket.ts';
import { type Operation, perform, subscribe } from './subscribe.ts';

export type Sockets = {
  /** Takes over a connection that asked to become a WebSocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  count(): number;
  /** Tells all clients to come back, to another process. Resolves when they have gone. */
  close(): Promise<void>;
};

/** Milliseconds. */
export type SocketTimings = {
  /** How long a client may take to say connection_init. */
  init: number;
  /** How often each socket is pinged; one that gave no sign from one ping to the next is ended. */
  ping: number;
  /** Over how long the close of all sockets is spread, lest all come back in one moment. */
  spread: number;
  /** How long a client may take to answer a close. */
  goodbye: number;
};

export const socketTimings: SocketTimings = { init: 10_000, ping: 15_000, spread: 1_000, goodbye: 1_000 };

export const largestMessage = 1024 * 1024;

type Connection = { socket: WebSocket; viewer: Viewer | null; callOff: (() => void) | null };
type Payload = { token?: unknown };

export function createSockets(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  services: Services;
  verify: TokenVerifier;
  sessions: Sessions;
  mask: Mask;
  log: Log;
  timings?: Partial<SocketTimings> | undefined;
}): Sockets {
  const { schema, documents, services, verify, sessions, mask, log } = deps;
  const timings = { ...socketTimings, ...deps.timings };
  const silent = new WeakSet<WebSocket>();
  let closing = false;

  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    perMessageDeflate: false,
    maxPayload: largestMessage,
    closeTimeout: timings.goodbye,
    // Without a protocol that is spoken here it opens all the same, to be closed with the code that says so.
    handleProtocols: (protocols) => handleProtocols(protocols),
  };
  const sockets = new WebSocketServer(options);

  // A hook that throws would cost the client its socket: these answer instead.
  const protocol = makeServer<Payload, Connection>({
    connectionInitWaitTimeout: timings.init,
    onConnect: ({ connectionParams, extra }) => authenticate(extra, connectionParams?.token),
    onSubscribe: ({ extra }, _id, payload) => operationOf(payload, extra.viewer),
    execute: (operation) => perform(operation as Operation, mask),
    subscribe: (operation) => subscribe(operation as Operation, { mask }),
  });

  async function authenticate(connection: Connection, token: unknown): Promise<boolean> {
    if (token === undefined || token === null) return true;
    try {
      const viewer = await verify(typeof token === 'string' ? token : '');
      if (connection.socket.readyState !== connection.socket.OPEN) return false;
      connection.viewer = viewer;
      const end = (reason: string) => close(connection.socket, { ...closeCodes.FORBIDDEN, reason });
      const callOff = alarm(viewer.expiresAt, () => end('The token has expired.'));
      const leave = sessions.add(viewer, () => end('The sessions of this user were ended.'));
      connection.callOff = () => {
        callOff();
        leave();
      };
      return true;
    } catch (error) {
      if (error instanceof TokenRefused) {
        close(connection.socket, { ...closeCodes.FORBIDDEN, reason: error.message });
      } else {
        // Logged by the mask, if it is a bug.
        mask(error);
        close(connection.socket, closeCodes.TRY_AGAIN);
      }
      return false;
    }
  }

  function operationOf(payload: SubscribePayload, viewer: Viewer | null): Operation | readonly GraphQLError[] {
    const { query, operationName, variables } = payload;
    try {
      const document = documents.parse(query);
      const errors = documents.validate(document);
      if (errors.length > 0) return errors;
      if (!getOperationAST(document, operationName)) return [unknownOperation()];
      const contextValue = createContext(services, viewer);
      return { schema, document, operationName, variableValues: variables, contextValue };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  function opened(socket: WebSocket): void {
    const connection: Connection = { socket, viewer: null, callOff: null };
    const closed = protocol.opened(protocolSocket(socket, log), connection);
    socket.on('message', () => silent.delete(socket));
    socket.on('pong', () => silent.delete(socket));
    // What is wrong with a frame is told to the client by the code that `ws` closes with.
    socket.on('error', (error) => log.debug({ err: error }, 'a socket failed'));
    socket.on('close', (code, reason) => {
      connection.callOff?.();
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'closing a socket failed'));
    });
  }

  const sweep = setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) {
        socket.terminate();
      } else if (socket.readyState === socket.OPEN) {
        silent.add(socket);
        socket.ping();
      }
    }
  }, timings.ping);

  return {
    upgrade(request, connection, head) {
      if (closing) return connection.destroy();
      sockets.handleUpgrade(request, connection, head, opened);
    },
    count: () => sockets.clients.size,
    async close() {
      closing = true;
      clearInterval(sweep);
      const goodbyes = [...sockets.clients].map((socket, index, all) =>
        farewell(socket, (timings.spread * index) / all.length),
      );
      await Promise.all(goodbyes);
    },
  };

  function farewell(socket: WebSocket, delay: number): Promise<void> {
    return new Promise((resolve) => {
      if (socket.readyState === socket.CLOSED) return resolve();
      const parting = setTimeout(() => close(socket, closeCodes.RESTART), delay);
      const cut = setTimeout(() => socket.terminate(), delay + timings.goodbye);
      socket.on('close', () => {
        clearTimeout(parting);
        clearTimeout(cut);
        resolve();
      });
    });
  }
}

const unknownOperation = (): GraphQLError =>
  new GraphQLError('Unknown operation: operationName must name one of the document.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
