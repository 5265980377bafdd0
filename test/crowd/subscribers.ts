/** Thousands of subscribers in one process, each with graphql-ws's own client and a socket, cursor and token of its own. */

import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { waitAfter } from '../../client/urql/backoff.ts';
import { doAsAsked } from './child.ts';

export type Subscription = { token: string; kind: string; orderId: string | null };

/** What one subscriber was handed: ids in the order of their coming, the repeated ones too. */
export type Heard = { ids: string[]; wrong: string[] };
/** When sockets were closed by the server, with which code, and when their clients were back, by Date.now(). */
export type Moves = { closed: { at: number; code: number }[]; back: number[] };

type Subscriber = Heard & { leave(): Promise<void> };
type Event = { id: string; cursor: string };

const subscribers: Subscriber[] = [];
const moves: Moves = { closed: [], back: [] };
let processes: string[] = [];
let leaving = false;

/** How many connect at a time when all begin. */
const atOnce = 100;

/** As a client has to: asks for the cursor, subscribes after it, keeps the last one, waits before it comes back, by chance. */
async function subscribe({ token, kind, orderId }: Subscription, nth: number): Promise<Subscriber> {
  let turn = nth;
  const variables: { orderId: string | null; after: string | null } = { orderId, after: null };
  const client = createClient({
    // To another process than the one that sent it away.
    url: () => processes[turn++ % processes.length] ?? '',
    webSocketImpl: WebSocket,
    connectionParams: { token },
    lazyCloseTimeout: 1_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (failures) => new Promise((resolve) => setTimeout(resolve, waitAfter(failures, Math.random()))),
    on: {
      closed: (event) => {
        if (!leaving) moves.closed.push({ at: Date.now(), code: (event as { code: number }).code });
      },
      connected: (_socket, _payload, wasRetry) => {
        if (wasRetry) moves.back.push(Date.now());
      },
    },
  });
  const [declared, of] = orderId === null ? ['', ''] : ['$orderId: ID!, ', 'orderId: $orderId, '];
  const cursor =
    orderId === null ? '{ at: orders { cursor } }' : 'query ($orderId: ID!) { at: order(id: $orderId) { cursor } }';
  for await (const { data } of client.iterate<{ at: { cursor: string } }>({ query: cursor, variables: { orderId } })) {
    variables.after = data?.at.cursor ?? null;
  }
  const gone = new Promise<void>((resolve) => client.on('closed', () => leaving && resolve()));
  const heard: Heard = { ids: [], wrong: variables.after === null ? ['no cursor'] : [] };
  client.subscribe<Record<string, Event>>(
    { query: `subscription (${declared}$after: Cursor) { ${kind}(${of}after: $after) { id cursor } }`, variables },
    {
      next({ data, errors }) {
        const event = data?.[kind];
        if (!event) return void heard.wrong.push(JSON.stringify(errors));
        heard.ids.push(event.id);
        // The client sends the same variables again when it comes back.
        variables.after = event.cursor;
      },
      error: (error) => void heard.wrong.push(String(error)),
      complete: () => void (leaving || heard.wrong.push('The subscription was completed.')),
    },
  );
  const leave = (): Promise<void> => {
    void client.dispose();
    return gone;
  };
  return { ...heard, leave };
}

const deeds = {
  /** Where the processes of the API are from now on. */
  find(urls: string[]): void {
    processes = urls;
  },
  /** Answers when all have begun. */
  async begin(subscriptions: Subscription[]): Promise<void> {
    const waiting = subscriptions.entries();
    const beginOneByOne = async (): Promise<void> => {
      for (const [nth, subscription] of waiting) subscribers[nth] = await subscribe(subscription, nth);
    };
    await Promise.all(Array.from({ length: atOnce }, beginOneByOne));
  },
  count: (): number => subscribers.reduce((sum, { ids }) => sum + ids.length, 0),
  moves: (): Moves => moves,
  heard: (): Heard[] => subscribers.map(({ ids, wrong }) => ({ ids, wrong })),
  /** Answers when all have gone. */
  async leave(): Promise<void> {
    leaving = true;
    await Promise.all(subscribers.map((subscriber) => subscriber.leave()));
  },
};

export type Subscribers = typeof deeds;
doAsAsked(deeds);
