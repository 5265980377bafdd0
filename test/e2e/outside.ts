/** An outside program: it knows contract.graphql, and speaks HTTP, graphql-transport-ws and server-sent events. */

import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { closeFirst, inSeconds, signClaims } from '../support/api.ts';
import { type Answer, createInbox, type Fault, type Inbox } from './inbox.ts';

export type { Answer, Data } from './inbox.ts';
export type Where = { url: string };
export type Person = { sub: string; name: string; token: string };
export type Variables = Record<string, unknown>;
export type Stream = Pick<Inbox, 'answers' | 'next' | 'over' | 'reached'> & { stop(): void };

/** Somebody with a token, as the host application would sign it. */
export async function person(sub: string, role: 'customer' | 'vendor' | 'service', name = sub): Promise<Person> {
  return { sub, name, token: await signClaims({ sub, role, name, exp: inSeconds(600) }) };
}

type Response = { status: number; text: string; body: Answer };

const headersOf = (who: Pick<Person, 'token'> | null, accept: string): Record<string, string> => ({
  accept,
  'content-type': 'application/json',
  ...(who ? { authorization: `Bearer ${who.token}` } : {}),
});

/** GraphQL over HTTP, with all that came back. */
export async function post(
  where: Where,
  who: Pick<Person, 'token'> | null,
  query: string,
  variables?: Variables,
): Promise<Response> {
  const response = await fetch(where.url, {
    method: 'POST',
    headers: headersOf(who, 'application/json'),
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Answer };
}

export async function ask(where: Where, who: Person | null, query: string, variables?: Variables): Promise<Answer> {
  return (await post(where, who, query, variables)).body;
}

export type Socket = {
  ask(query: string, variables?: Variables): Promise<Answer>;
  listen(query: string, variables?: Variables): Stream;
  /** Fails unless the first connection still answers. */
  stays(): Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
};

/** One connection, which never comes back by itself. Closed after the file's last test at the latest. */
export function openSocket(where: Where, who: Pick<Person, 'token'> | null): Socket {
  const closing = Promise.withResolvers<{ code: number; reason: string }>();
  let connections = 0;
  const client: Client = createClient({
    url: where.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: who ? { token: who.token } : {},
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
    on: {
      connected: () => {
        connections += 1;
      },
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string };
        closing.resolve({ code, reason });
      },
    },
  });
  let disposed = false;

  function listen(query: string, variables?: Variables): Stream {
    const inbox = createInbox();
    const stop = client.subscribe(
      { query, ...(variables ? { variables } : {}) },
      {
        next: (answer) => inbox.push(answer as unknown as Answer),
        error: (error) => {
          if (!Array.isArray(error)) return inbox.end('cut');
          inbox.push({ errors: error as Fault[] });
          inbox.end('error');
        },
        complete: () => inbox.end('complete'),
      },
    );
    return { ...inbox, answers: inbox.answers, stop };
  }

  const socket: Socket = {
    async ask(query, variables) {
      const stream = listen(query, variables);
      const answer = await stream.next();
      await stream.over();
      return answer;
    },
    listen,
    async stays() {
      const { data } = await socket.ask('{ serverTime }');
      if (typeof data?.serverTime !== 'string' || connections !== 1) throw new Error('The socket did not stay open.');
    },
    closed: closing.promise,
    async close() {
      if (disposed) return;
      disposed = true;
      await client.dispose();
      if (connections > 0) await closing.promise;
    },
  };
  closeFirst(() => socket.close());
  return socket;
}

/** A subscription over server-sent events, by POST. */
export function openEvents(
  where: Where,
  who: Pick<Person, 'token'> | null,
  query: string,
  variables?: Variables,
): Stream {
  const inbox = createInbox();
  const abort = new AbortController();
  const read = async () => {
    const response = await fetch(where.url, {
      method: 'POST',
      headers: headersOf(who, 'text/event-stream'),
      body: JSON.stringify({ query, variables }),
      signal: abort.signal,
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      inbox.push((await response.json()) as Answer);
      return inbox.end('error');
    }
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = `${rest}${chunk}`.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block, inbox);
    }
    inbox.end('cut');
  };
  read().catch(() => inbox.end('cut'));
  closeFirst(() => abort.abort());
  return { ...inbox, answers: inbox.answers, stop: () => abort.abort() };
}

/** Lines of a colon are comments, by which the server keeps the connection. */
function take(block: string, inbox: Inbox): void {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim())
      .join('\n');
  if (field('event') === 'next') inbox.push(JSON.parse(field('data')) as Answer);
  if (field('event') === 'complete') inbox.end('complete');
}

export const transports = ['WebSocket', 'SSE'] as const;
export type Transport = (typeof transports)[number];

/** One subscription over either transport, on a connection of its own. */
export function subscribe(
  transport: Transport,
  where: Where,
  who: Person | null,
  query: string,
  variables?: Variables,
): Stream {
  if (transport === 'SSE') return openEvents(where, who, query, variables);
  const socket = openSocket(where, who);
  const stream = socket.listen(query, variables);
  return {
    ...stream,
    stop() {
      stream.stop();
      void socket.close();
    },
  };
}
