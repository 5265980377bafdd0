/** GraphQL over WebSocket (graphql-transport-ws): all operations, as the viewer that connection_init's token names. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type RawData, type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { TokenRefused, type TokenVerifier } from '../auth/token.ts';
import type { Log } from '../log.ts';
import { createContext, type Services } from '../schema/context.ts';
import { unavailable } from '../schema/errors.ts';
import { createAlarms } from './alarms.ts';
import { closeCodes } from './close-codes.ts';
import type { Documents } from './documents.ts';
import { createFlusher } from './frames.ts';
import type { Mask } from './mask.ts';
import type { Operation } from './operation.ts';
import type { Sessions } from './sessions.ts';
import { Client, type OperationOutlet, type Terms } from './socket.ts';
import type { Run } from './subscribe.ts';
import { createWaiting } from './waiting.ts';

export type Sockets = {
  /** Takes over a connection that asked to become a WebSocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  count(): number;
  /**
   * To be called once no more are taken over. Answers, for each that is open, how it is told to come back, to another
   * process: what it has asked for is answered first, and the promise resolves when it has gone.
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

/** Nothing but a socket of `ws` that knows whose it is. */
class ClientSocket extends WebSocket {
  client!: Client;
}

const clientOf = (socket: WebSocket): Client => (socket as ClientSocket).client;

/** What graphql-ws is told of a subscription that runs on without it: that it is over. What it says to that is not sent. */
const runsOn: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

type OnSocket = Operation & { client: Client; outlet: OperationOutlet | undefined };
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
  const terms: Terms = { flusher: createFlusher(), stall: timings.stall, log };
  const alarms = createAlarms();
  const uninitialised = createWaiting<Client>(timings.init, (client) => client.closeWith(closeCodes.INIT_TIMEOUT));
  const open = new Set<Client>();

  const options: ServerOptions<typeof ClientSocket> & { closeTimeout: number } = {
    noServer: true,
    // Each would have a listener for it.
    clientTracking: false,
    WebSocket: ClientSocket,
    perMessageDeflate: false,
    maxPayload: largestMessage,
    closeTimeout: timings.goodbye,
    // Without a protocol that is spoken here it opens all the same, to be closed with the code that says so.
    handleProtocols: (protocols) => handleProtocols(protocols),
  };
  const sockets = new WebSocketServer<typeof ClientSocket>(options);

  // A hook that throws would cost the client its socket: these answer instead.
  const protocol = makeServer<Payload, Client>({
    // It would keep a timer for each socket, as long as the socket.
    connectionInitWaitTimeout: 0,
    onConnect(context) {
      uninitialised.remove(context.extra);
      const token = context.connectionParams?.token;
      // It would be kept as long as the socket.
      (context as { connectionParams?: unknown }).connectionParams = undefined;
      return authenticate(context.extra, token);
    },
    onSubscribe: ({ extra }, id, payload) => operationOf(id, payload, extra),
    execute(operation) {
      const answer = run.perform(operation as OnSocket);
      (operation as OnSocket).client.waitsFor(answer);
      return answer;
    },
    async subscribe(operation) {
      const { outlet } = operation as OnSocket;
      const results = await run.subscribe(operation as OnSocket, { outlet });
      return outlet?.hasBegun ? runsOn : results;
    },
  });

  async function authenticate(client: Client, token: unknown): Promise<boolean> {
    if (token === undefined || token === null) return true;
    try {
      const viewer = await verify(typeof token === 'string' ? token : '');
      if (!client.isOpen()) return false;
      client.viewer = viewer;
      alarms.set(client);
      sessions.add(viewer, client);
      services.presence.enter(viewer.id);
      return true;
    } catch (error) {
      if (error instanceof TokenRefused) {
        client.closeWith({ ...closeCodes.FORBIDDEN, reason: error.message });
      } else {
        // Logged by the mask, if it is a bug.
        mask(error);
        client.closeWith(closeCodes.TRY_AGAIN);
      }
      return false;
    }
  }

  function operationOf(id: string, payload: SubscribePayload, client: Client): OnSocket | readonly GraphQLError[] {
    if (client.isLeaving) return [unavailable()];
    const { query, operationName, variables } = payload;
    try {
      const document = documents.parse(query);
      const errors = documents.validate(document);
      if (errors.length > 0) return errors;
      const asked = getOperationAST(document, operationName);
      if (!asked) return [unknownOperation()];
      return {
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue: createContext(services, client.viewer),
        rootValue: undefined,
        client,
        outlet: asked.operation === OperationTypeNode.SUBSCRIPTION ? client.outletOf(id) : undefined,
      };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  function opened(socket: ClientSocket, upgraded: Duplex): void {
    const client = new Client(socket, upgraded, terms);
    socket.client = client;
    open.add(client);
    uninitialised.add(client);
    client.onEnd = protocol.opened(client, client);
    socket.on('message', onMessage);
    socket.on('pong', onPong);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  function onError(error: Error): void {
    // What is wrong with a frame is told to the client by the code that `ws` closes with.
    log.debug({ err: error }, 'a socket failed');
  }

  function onClose(this: WebSocket, code: number, reason: Buffer): void {
    const client = clientOf(this);
    open.delete(client);
    uninitialised.remove(client);
    const { viewer } = client;
    if (viewer) {
      alarms.callOff(client);
      sessions.remove(viewer, client);
      services.presence.leave(viewer.id);
    }
    client.end(code, String(reason));
  }

  const sweep = setInterval(() => {
    for (const client of open) {
      // One that reads nothing cannot answer either: how long that may go on is told by its lag.
      if (client.isBehind()) continue;
      if (client.isSilent) {
        client.socket.terminate();
      } else if (client.isOpen()) {
        client.isSilent = true;
        client.socket.ping();
      }
    }
  }, timings.ping);

  return {
    upgrade(request, connection, head) {
      sockets.handleUpgrade(request, connection, head, (socket) => opened(socket, connection));
    },
    count: () => open.size,
    partings() {
      clearInterval(sweep);
      return Array.from(open, (client) => () => farewell(client));
    },
  };

  /** Resolves when it has gone; one that does not answer the close is cut by `closeTimeout`. */
  async function farewell(client: Client): Promise<void> {
    const { socket } = client;
    if (socket.readyState === socket.CLOSED) return;
    const gone = new Promise((resolve) => socket.once('close', resolve));
    client.isLeaving = true;
    await settled(client.unanswered, timings.patience);
    client.closeWith(closeCodes.RESTART);
    await gone;
  }
}

// One of each for all sockets.
function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  clientOf(this).isSilent = false;
  clientOf(this).hear(data as Buffer, isBinary);
}

function onPong(this: WebSocket): void {
  clientOf(this).isSilent = false;
}

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
