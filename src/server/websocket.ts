/** GraphQL over WebSocket (graphql-transport-ws): all operations, as the viewer that connection_init's token names. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { TokenRefused, type TokenVerifier } from '../auth/token.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Log } from '../log.ts';
import type { Outlet } from '../pubsub/subscriber.ts';
import { type Context, createContext, type Services } from '../schema/context.ts';
import { unavailable } from '../schema/errors.ts';
import { alarm } from './alarm.ts';
import { closeCodes } from './close-codes.ts';
import type { Documents } from './documents.ts';
import { createFlusher } from './frames.ts';
import type { Lag } from './lag.ts';
import type { Mask } from './mask.ts';
import type { Operation } from './operation.ts';
import type { Sessions } from './sessions.ts';
import { close, type OneSocket, protocolSocket } from './socket.ts';
import type { Run } from './subscribe.ts';

export type Sockets = {
  /** Takes over a connection that asked to become a WebSocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  count(): number;
  /**
   * Takes no more sockets. Answers, for each that is open, how it is told to come back, to another process: what it has
   * asked for is answered first, and the promise resolves when it has gone.
   */
  partings(): (() => Promise<void>)[];
};

/** Milliseconds. */
export type SocketTimings = {
  /** How long a client may take to say connection_init. */
  init: number;
  /** How often each socket is pinged; one that gave no sign from one ping to the next is ended. */
  ping: number;
  /** How long a reader may be behind before it is closed. */
  stall: number;
  /** How long the operations of a socket may go on after its turn to close has come. */
  patience: number;
  /** How long a client may take to answer a close. */
  goodbye: number;
};

export const socketTimings: SocketTimings = {
  init: 10_000,
  ping: 15_000,
  stall: 30_000,
  patience: 3_000,
  goodbye: 1_000,
};

export const largestMessage = 1024 * 1024;

type Connection = {
  socket: WebSocket;
  viewer: Viewer | null;
  callOff: (() => void) | null;
  lag: Lag;
  outletOf: OneSocket['outletOf'];
  /** Queries and mutations that are not answered yet. */
  running: Set<Promise<unknown>>;
  /** Its turn to close has come. */
  leaving: boolean;
};
type Payload = { token?: unknown };

export function createSockets(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  services: Services;
  verify: TokenVerifier;
  sessions: Sessions;
  run: Run;
  mask: Mask;
  log: Log;
  timings?: Partial<SocketTimings> | undefined;
}): Sockets {
  const { schema, documents, services, verify, sessions, run, mask, log } = deps;
  const timings = { ...socketTimings, ...deps.timings };
  const silent = new WeakSet<WebSocket>();
  const connections = new WeakMap<WebSocket, Connection>();
  const originOf = new WeakMap<Context, { running: Connection['running']; outlet: Outlet | undefined }>();
  const openFrames = createFlusher();
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
    onSubscribe: ({ extra }, id, payload) => operationOf(id, payload, extra),
    execute: (operation) => {
      const answer = run.perform(operation as Operation);
      const running = originOf.get((operation as Operation).contextValue)?.running;
      running?.add(answer);
      void answer.finally(() => running?.delete(answer));
      return answer;
    },
    subscribe: (operation) =>
      run.subscribe(operation as Operation, { outlet: originOf.get((operation as Operation).contextValue)?.outlet }),
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
      const depart = services.presence.enter(viewer.id);
      connection.callOff = () => {
        callOff();
        leave();
        depart();
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

  function operationOf(
    id: string,
    payload: SubscribePayload,
    connection: Connection,
  ): Operation | readonly GraphQLError[] {
    if (connection.leaving) return [unavailable()];
    const { query, operationName, variables } = payload;
    try {
      const document = documents.parse(query);
      const errors = documents.validate(document);
      if (errors.length > 0) return errors;
      const asked = getOperationAST(document, operationName);
      if (!asked) return [unknownOperation()];
      const contextValue = createContext(services, connection.viewer);
      const outlet = asked.operation === OperationTypeNode.SUBSCRIPTION ? connection.outletOf(id) : undefined;
      originOf.set(contextValue, { running: connection.running, outlet });
      return { schema, document, operationName, variableValues: variables, contextValue };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  function opened(socket: WebSocket, upgraded: Duplex): void {
    const { face, lag, outletOf } = protocolSocket(socket, upgraded, {
      openFrames,
      stall: timings.stall,
      log,
      // A reader that stalls may take long to hear of it: nobody follows anything for it meanwhile.
      onGiveUp: () => end(closeCodes.TOO_SLOW.code, closeCodes.TOO_SLOW.reason),
    });
    const connection: Connection = {
      socket,
      viewer: null,
      callOff: null,
      lag,
      outletOf,
      running: new Set(),
      leaving: false,
    };
    connections.set(socket, connection);
    const closed = protocol.opened(face, connection);
    socket.on('message', () => silent.delete(socket));
    socket.on('pong', () => silent.delete(socket));
    // What is wrong with a frame is told to the client by the code that `ws` closes with.
    socket.on('error', (error) => log.debug({ err: error }, 'a socket failed'));
    socket.on('close', (code, reason) => {
      connection.callOff?.();
      end(code, String(reason));
    });
    let ended = false;
    function end(code: number, reason: string): void {
      if (ended) return;
      ended = true;
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'closing a socket failed'));
    }
  }

  const sweep = setInterval(() => {
    for (const socket of sockets.clients) {
      // One that reads nothing cannot answer either: how long that may go on is told by its lag.
      if (connections.get(socket)?.lag.isBehind()) continue;
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
      if (closing) return refuse(connection);
      sockets.handleUpgrade(request, connection, head, (socket) => opened(socket, connection));
    },
    count: () => sockets.clients.size,
    partings() {
      closing = true;
      clearInterval(sweep);
      return Array.from(sockets.clients, (socket) => () => farewell(socket));
    },
  };

  /** Resolves when it has gone; one that does not answer the close is cut by `closeTimeout`. */
  async function farewell(socket: WebSocket): Promise<void> {
    if (socket.readyState === socket.CLOSED) return;
    const gone = new Promise((resolve) => socket.once('close', resolve));
    const connection = connections.get(socket);
    if (connection) {
      connection.leaving = true;
      await settled(connection.running, timings.patience);
    }
    close(socket, closeCodes.RESTART);
    await gone;
  }
}

const refuse = (connection: Duplex): void => {
  connection.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
};

/** Waits for what runs, `patience` milliseconds at most, and for its answers to be on their way. */
async function settled(running: ReadonlySet<Promise<unknown>>, patience: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([Promise.allSettled(running), late]);
  clearTimeout(timer);
  await new Promise((resolve) => setImmediate(resolve));
}

const unknownOperation = (): GraphQLError =>
  new GraphQLError('Unknown operation: operationName must name one of the document.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
