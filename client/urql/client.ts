/** The client of a Haggle server: an urql client whose subscriptions lose nothing and repeat nothing, whatever breaks. */

import { type Client, createClient, type Exchange, fetchExchange } from '@urql/core';
import type { Source } from 'wonka';
import { type Clock, systemClock } from './clock.ts';
import { lineExchange, type MutationsOver } from './exchange.ts';
import { type LineState, openLine } from './line.ts';
import { fetchWith, type TokenSource } from './token.ts';

export type HaggleOptions = {
  /** Of /graphql, http or https; in a browser a path will do. */
  url: string;
  token: TokenSource;
  /** `socket`: over the open line while there is one, else over HTTP. `http` unless said. */
  mutationsOver?: MutationsOver;
  /** Put before the client's own: a cache, say. */
  exchanges?: Exchange[];
  clock?: Clock;
};

export type HaggleClient = Client & {
  /** The present state of the line at once, then each change. */
  status: Source<LineState>;
  /** Ends all subscriptions and the line; resolves once the socket is closed. */
  close(): Promise<void>;
};

export function createHaggleClient(options: HaggleOptions): HaggleClient {
  const { token, mutationsOver = 'http', exchanges = [], clock = systemClock } = options;
  const url = new URL(options.url, globalThis.location?.href).href;
  const line = openLine({ url: url.replace(/^http/, 'ws'), token, clock });
  const client = createClient({
    url,
    fetch: fetchWith(token),
    preferGetMethod: false,
    exchanges: [...exchanges, lineExchange(line, clock, mutationsOver), fetchExchange],
  });

  // urql lets equal subscriptions share one source. Whoever joins later would then miss what came before, though it
  // says `after` which cursor it wants to go on: each gets a source, and so a position, of its own.
  let last = 0;
  const executeSubscription: Client['executeSubscription'] = (request, context) =>
    client.executeRequestOperation(client.createRequestOperation('subscription', { ...request, key: --last }, context));
  return Object.assign(client, { executeSubscription, status: line.status, close: line.close });
}
