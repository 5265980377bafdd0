/** One connection that speaks graphql-transport-ws by hand, so that nothing between hides a frame. It never comes back. */

import { WebSocket } from 'ws';

// oxlint-disable-next-line typescript/no-explicit-any
type Data = any;
export type Answer = { data?: Data; errors?: { message: string; extensions?: { code?: string; oldest?: string } }[] };

type Listener = { next(answer: Answer): void; end(): void };

export type Line = {
  /** The answers of an operation; `end` comes once, also where the line breaks. Answers how to complete it. */
  listen(query: string, variables: object, listener: Listener): () => void;
  ask(query: string, variables: object): Promise<Answer>;
  /** Reads nothing more from the socket until `resume`. */
  pause(): void;
  resume(): void;
  closed: Promise<{ code: number }>;
  close(): void;
};

/** Milliseconds: to connect and be acknowledged; without a frame before the line is taken for dead. */
const patience = { connect: 3_000, silence: 3_000 };

/** Resolves once acknowledged. A line without a sign of life is ended, as clients do that ping. */
export function openLine(url: string, token: string, options: { watch?: boolean } = {}): Promise<Line> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  const listeners = new Map<string, Listener>();
  const closing = Promise.withResolvers<{ code: number }>();
  let last = 0;
  let heard = Date.now();
  let paused = false;
  const send = (message: object): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const watch = setInterval(() => {
    if (paused) return;
    if (options.watch !== false && Date.now() - heard > patience.silence) socket.terminate();
    else send({ type: 'ping' });
  }, 1_000).unref();

  function listen(query: string, variables: object, listener: Listener): () => void {
    const id = String(++last);
    if (socket.readyState !== WebSocket.OPEN) {
      listener.end();
      return () => {};
    }
    listeners.set(id, listener);
    send({ id, type: 'subscribe', payload: { query, variables } });
    return () => {
      if (listeners.delete(id)) send({ id, type: 'complete' });
    };
  }

  const line: Line = {
    listen,
    ask: (query, variables) =>
      new Promise((resolve, reject) => {
        let answer: Answer | undefined;
        listen(query, variables, {
          next: (one) => {
            answer = one;
          },
          end: () => (answer ? resolve(answer) : reject(new Error('The line broke before the answer.'))),
        });
      }),
    pause() {
      paused = true;
      socket.pause();
    },
    resume() {
      paused = false;
      heard = Date.now();
      socket.resume();
    },
    closed: closing.promise,
    close: () => socket.close(1000),
  };

  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.terminate(), patience.connect);
    socket.on('open', () => send({ type: 'connection_init', payload: { token } }));
    socket.on('error', () => {});
    socket.on('close', (code) => {
      clearTimeout(late);
      clearInterval(watch);
      closing.resolve({ code });
      for (const listener of [...listeners.values()]) listener.end();
      listeners.clear();
      reject(new Error(`The line was closed with ${code}.`));
    });
    socket.on('message', (text: Buffer) => {
      heard = Date.now();
      const message = JSON.parse(text.toString()) as { type: string; id: string; payload: Data };
      const listener = listeners.get(message.id);
      if (message.type === 'connection_ack') {
        clearTimeout(late);
        resolve(line);
      } else if (message.type === 'ping') send({ type: 'pong' });
      else if (message.type === 'next') listener?.next(message.payload);
      else if (message.type === 'error') {
        listeners.delete(message.id);
        listener?.next({ errors: message.payload });
        listener?.end();
      } else if (message.type === 'complete') {
        listeners.delete(message.id);
        listener?.end();
      }
    });
  });
}
