/** The line to the server: one WebSocket for all subscriptions, which comes back by itself for as long as it is wanted. */

import { createClient, type Client as SocketClient } from 'graphql-ws';
import { make, type Source } from 'wonka';
import { waitAfter } from './backoff.ts';
import type { Clock } from './clock.ts';
import { FORBIDDEN } from './codes.ts';
import type { TokenSource } from './token.ts';

/**
 * `connecting`: the first try is under way. `live`: the server has taken the token. `offline`: the line broke and is
 * tried again and again, or nobody needs one; `since` stays the moment it broke.
 */
export type LineState = { state: 'connecting' | 'live' | 'offline'; since: Date };

export type Line = {
  socket: SocketClient;
  /** The present state at once, then each change. */
  status: Source<LineState>;
  isLive(): boolean;
  /** Aborts when the client is closed. */
  closing: AbortSignal;
  close(): Promise<void>;
};

/** In milliseconds: a ping each `ping` while nothing else tells, `pong` to answer it, `steady` to count as a good line. */
const timings = { ping: 10_000, pong: 5_000, acknowledge: 10_000, idle: 1_000, steady: 5_000 } as const;

export function openLine({ url, token, clock }: { url: string; token: TokenSource; clock: Clock }): Line {
  const closing = new AbortController();
  const listeners = new Set<(state: LineState) => void>();
  let current: LineState = { state: 'offline', since: new Date(clock.now()) };
  let failures = 0;
  let refused = false;
  let presented: string | null = null;
  let pong: ReturnType<typeof setTimeout> | undefined;

  function become(state: LineState['state']): void {
    if (current.state === state) return;
    current = { state, since: new Date(clock.now()) };
    for (const listener of [...listeners]) listener(current);
  }

  /** graphql-ws counts a try as good once it is acknowledged; a server that cuts right after would be asked in a hurry. */
  const wait = () => clock.sleep(waitAfter(failures++, clock.random()), closing.signal);

  /** Never rejects: graphql-ws would be stuck. Asked before the socket is opened, so that no open socket waits for it. */
  async function presentToken(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        presented = await token({ refused });
        return;
      } catch {
        become('offline');
        await wait();
      }
    }
  }

  function broken(event: unknown): void {
    clearTimeout(pong);
    if (current.state === 'live' && clock.now() - current.since.getTime() >= timings.steady) failures = 0;
    if ((event as { code?: unknown } | null)?.code === FORBIDDEN) refused = true;
    become('offline');
  }

  const socket = createClient({
    url: async () => {
      await presentToken();
      return url;
    },
    connectionParams: () => (presented === null ? undefined : { token: presented }),
    lazyCloseTimeout: timings.idle,
    keepAlive: timings.ping,
    connectionAckWaitTimeout: timings.acknowledge,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: wait,
    on: {
      connecting: (again) => {
        if (!again) become('connecting');
      },
      connected: () => {
        refused = false;
        become('live');
      },
      ping: (received) => {
        // A line that is cut without a word looks open for minutes.
        if (!received) pong = setTimeout(() => socket.terminate(), timings.pong);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      closed: broken,
      error: broken,
    },
  });

  return {
    socket,
    status: make(({ next }) => {
      listeners.add(next);
      next(current);
      return () => listeners.delete(next);
    }),
    isLive: () => current.state === 'live',
    closing: closing.signal,
    async close() {
      const closed =
        current.state === 'live' ? new Promise<void>((resolve) => socket.on('closed', () => resolve())) : null;
      closing.abort();
      // It rejects where a try was under way that now is not wanted.
      await Promise.resolve(socket.dispose()).catch(() => {});
      await closed;
    },
  };
}
