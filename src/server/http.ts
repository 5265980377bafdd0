/** The HTTP server: GraphQL with its page for a browser, WebSocket upgrades, health, metrics, the end of mails, and in development a sign-in. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { TokenRefused, type TokenVerifier } from '../auth/token.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Services } from '../schema/context.ts';
import { unauthenticated, unavailable } from '../schema/errors.ts';
import { answer, answerJson } from './answer.ts';
import { createAnswersOf } from './answering.ts';
import { createDocuments } from './documents.ts';
import { drain } from './drain.ts';
import { createGraphiQL } from './graphiql.ts';
import { answerLive, answerReady, type Probes } from './health.ts';
import { homePage } from './home.ts';
import { createMask, type Mask } from './mask.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { answerSignIn, type SignIn } from './sign-in.ts';
import { createStreams } from './streams.ts';
import { createRun } from './subscribe.ts';
import { answerUnsubscribe, type EndMails, isUnsubscribe } from './unsubscribe.ts';
import { createSockets, type SocketTimings, socketTimings } from './websocket.ts';
import { createYogaHandler } from './yoga.ts';

export type Server = {
  /** Resolves to the port that it listens on; 0 takes a free one. */
  listen(options: { host: string; port: number }): Promise<number>;
  /** How many sockets and streams are open. */
  stats(): { sockets: number; streams: number };
  /** Ends all that the user has open here with tokens from before. */
  revoke: Sessions['revoke'];
  /**
   * Takes no more connections and requests, ends sockets and streams in small groups spread over so many milliseconds,
   * so that clients come back one after the other, and waits for the requests that run.
   */
  close(spread: number): Promise<void>;
  /** How long that takes at most, in milliseconds. */
  longestClose(spread: number): number;
};

/** Milliseconds that requests have to end when the server closes. */
const patience = 3_000;

/**
 * Connections that may wait to be accepted, as far as the system allows. Node's 511 overflow when thousands come back
 * while this process is busy for a moment, and who is turned away so tries again only after one, three, seven seconds.
 */
const backlog = 4_096;

const connectionOptions = {
  // Longer than load balancers keep idle connections (60 s): who closes first must not be the server.
  keepAliveTimeout: 75_000,
  // A stream's client that vanished without a word is found by TCP.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  // Java's client offers HTTP/2 with its first request, as curl does with --http2: it is answered as if it had not.
  shouldUpgradeCallback: ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket',
};

export function createHttpServer(deps: {
  schema: GraphQLSchema;
  services: Services;
  verify: TokenVerifier;
  probes: Probes;
  endMails: EndMails;
  log: Log;
  /** Only in development. */
  signIn?: SignIn | undefined;
  timings?: Partial<SocketTimings> | undefined;
}): Server {
  const { schema, services, verify, probes, endMails, log, signIn, timings } = deps;
  const documents = createDocuments(schema);
  const mask = createMask(log);
  const run = createRun({ mask, answersOf: createAnswersOf(mask) });
  const streams = createStreams({ stall: timings?.stall ?? socketTimings.stall, log });
  const graphql = createYogaHandler({ schema, documents, services, run, mask, onStream });
  const graphiql = createGraphiQL({ withSignIn: signIn !== undefined });
  const sessions = createSessions();
  const sockets = createSockets({ schema, documents, services, verify, sessions, run, mask, log, timings });
  const stats = () => ({ sockets: sockets.count(), streams: streams.count() });
  const metrics = createMetrics({
    connections: stats,
    following: services.hub.stats,
    told: services.hub.told,
    decided: services.commands.decided,
    isDegraded: () => probes.hub() === 'degraded',
  });
  let closing = false;

  function onStream(response: ServerResponse, viewer: Viewer | null): void {
    streams.add(response);
    if (!viewer || response.destroyed) return;
    services.presence.enter(viewer.id);
    response.once('close', () => services.presence.leave(viewer.id));
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    // Only by a connection from before: nobody is let in any more.
    if (closing) response.setHeader('connection', 'close');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (path === '/graphql') {
      if (reads && request.headers.accept?.includes('text/html')) return graphiql(request, response);
      return respondGraphQL(request, response);
    }
    if (path === '/dev/sign-in' && signIn) return answerSignIn(request, response, { signIn, verify });
    if (isUnsubscribe(path)) return answerUnsubscribe(request, response, { path, endMails, log });
    if (!reads) return answerJson(response, 404, { message: 'Nothing is here. GraphQL is at /graphql.' });
    switch (path) {
      case '/health/live':
        return answerLive(response);
      case '/health/ready':
        return answerReady(response, probes, closing);
      case '/metrics': {
        const { type, text } = await metrics.tell();
        return answer(response, 200, type, text);
      }
      case '/':
        return answer(response, 200, 'text/html', homePage);
      default:
        return answerJson(response, 404, { message: 'Nothing is here. GraphQL is at /graphql.' });
    }
  }

  async function respondGraphQL(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Any page may ask: who asks is told by a token that the page must have, never by a cookie that a browser adds.
    response.setHeader('access-control-allow-origin', '*');
    if (request.method === 'OPTIONS') return allow(response);
    let viewer: Viewer | null;
    if (closing) return refuse(request, response, unavailable(), mask);
    try {
      viewer = await viewerOf(request);
    } catch (error) {
      return refuse(request, response, error, mask);
    }
    const revoked = new AbortController();
    // Its client may have left while the token was looked at.
    if (viewer && !response.destroyed) {
      const session = { viewer, revoke: () => revoked.abort() };
      sessions.add(viewer, session);
      response.once('close', () => sessions.remove(viewer, session));
    }
    return graphql(request, response, viewer, revoked.signal);
  }

  async function viewerOf({ headers }: IncomingMessage): Promise<Viewer | null> {
    if (headers.authorization === undefined) return null;
    const token = /^bearer +(\S+) *$/i.exec(headers.authorization)?.[1];
    if (token === undefined) throw new TokenRefused('malformed', 'Authorization must be "Bearer" and a token.');
    return verify(token);
  }

  const server = createServer(connectionOptions, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log.error({ err: error, path: pathOf(request) }, 'a request failed');
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { message: 'Something went wrong here.' });
    });
  });
  server.on('upgrade', (request, connection, head) => {
    if (pathOf(request) !== '/graphql') turnAway(connection, '404 Not Found');
    else if (closing) turnAway(connection, '503 Service Unavailable');
    else sockets.upgrade(request, connection, head);
  });

  return {
    listen({ host, port }) {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, backlog }, () => {
          server.off('error', reject);
          server.on('error', (error) => log.error({ err: error }, 'the server failed'));
          resolve((server.address() as AddressInfo).port);
        });
      });
    },
    revoke: sessions.revoke,
    stats,
    async close(spread) {
      closing = true;
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      await drain([...sockets.partings(), ...streams.partings()], spread);
      streams.close();
      const cut = setTimeout(() => server.closeAllConnections(), patience);
      // A connection whose request began before the close stays open when it is answered.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      await ended;
      clearInterval(idle);
      clearTimeout(cut);
    },
    longestClose(spread) {
      const { patience: answers, goodbye } = { ...socketTimings, ...timings };
      return spread + answers + goodbye + patience + 1_000;
    },
  };
}

/** Of a connection that does not become a WebSocket. */
function turnAway(connection: Duplex, status: string): void {
  connection.on('error', () => connection.destroy());
  // Nobody else looks after it: it would stay for as long as its client does.
  connection.once('finish', () => connection.destroy());
  connection.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

const pathOf = (request: IncomingMessage): string => request.url?.split('?', 1)[0] ?? '/';

function allow(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '86400',
  });
  response.end();
}

/** A token that is refused is 401; one that could not be looked at is not the client's fault. */
function refuse({ headers: asked }: IncomingMessage, response: ServerResponse, error: unknown, mask: Mask): void {
  const refused = error instanceof TokenRefused;
  const shown = refused ? unauthenticated(error.message) : mask(error);
  const status = refused ? 401 : shown.extensions['code'] === 'UNAVAILABLE' ? 503 : 500;
  const headers: Record<string, string> = refused ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {};
  // Clients that know this type take the errors out of it, whatever the status.
  const type = 'application/graphql-response+json';
  const body = `${JSON.stringify({ errors: [shown.toJSON()] })}\n`;
  answer(response, status, asked.accept?.includes(type) ? type : 'application/json', body, headers);
}
