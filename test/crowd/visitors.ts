/** Opens many subscriptions, hears an event on each, and leaves, in every way that there is to leave. */

import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { doAsAsked } from './child.ts';

export type Visit = { url: string; token: string; orderId: string; after: string; subscriptions: number };

/** Subscriptions on each socket, and how many of so many sockets' worth are streams of server-sent events. */
const perSocket = 10;
const oneInSoMany = 10;

type Visitor = { leave(): Promise<void> };
let visitors: Visitor[] = [];

const query = 'subscription ($orderId: ID!, $after: Cursor!) { bidPlaced(orderId: $orderId, after: $after) { id } }';

/** How a socket's subscriptions end: each by a `complete`, by its close, or by its connection's being cut. */
type Leave = 'complete' | 'close' | 'cut';
const ways: Leave[] = ['complete', 'close', 'cut'];

async function bySocket({ url, token, orderId, after }: Visit, way: Leave): Promise<Visitor> {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { token },
    shouldRetry: () => false,
    retryAttempts: 0,
    // Completed, all its subscriptions end before it does.
    lazyCloseTimeout: 50,
  });
  const gone = new Promise<void>((resolve) => client.on('closed', () => resolve()));
  const open = await Promise.all(Array.from({ length: perSocket }, () => subscribe(client, { orderId, after })));
  return {
    leave() {
      if (way === 'complete') for (const complete of open) complete();
      else if (way === 'close') void client.dispose();
      else client.terminate();
      return gone;
    },
  };
}

/** Resolves when the first event was heard, to what completes it. */
const subscribe = (client: Client, variables: Record<string, string>): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const complete = client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => (data ? resolve(complete) : reject(new Error(JSON.stringify(errors)))),
        error: (error) => reject(error instanceof Error ? error : new Error(JSON.stringify(error))),
        complete: () => {},
      },
    );
  });

const agent = new Agent({ keepAlive: false });

async function byStream({ url, token, orderId, after }: Visit): Promise<Visitor> {
  const asking: ClientRequest = request(url, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'content-type': 'application/json' },
  });
  asking.on('error', () => {});
  asking.end(JSON.stringify({ query, variables: { orderId, after } }));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  await new Promise<void>((resolve) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('bidPlaced')) resolve();
    });
  });
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  return {
    leave() {
      asking.destroy();
      return gone;
    },
  };
}

const deeds = {
  /** Answers when each has heard an event. */
  async come(visits: Visit[]): Promise<void> {
    const waiting = visits.flatMap((visit, order) =>
      Array.from({ length: visit.subscriptions / perSocket }, (_, socket) => ({ visit, nth: order + socket })),
    );
    const all = waiting.values();
    const comeOneByOne = async (): Promise<void> => {
      for (const { visit, nth } of all) {
        if (nth % oneInSoMany > 0) visitors.push(await bySocket(visit, ways[nth % ways.length] ?? 'close'));
        else visitors.push(...(await Promise.all(Array.from({ length: perSocket }, () => byStream(visit)))));
      }
    };
    await Promise.all(Array.from({ length: 20 }, comeOneByOne));
  },
  /** Answers when all have gone. */
  async leave(): Promise<void> {
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    visitors = [];
  },
};

export type Visitors = typeof deeds;
doAsAsked(deeds);
