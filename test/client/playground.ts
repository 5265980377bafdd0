/** What the client's own tests play on: a small server, a cable to it that can be cut, and clients that do not wait. */

import { type CombinedError, gql } from '@urql/core';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { onEnd, pipe, subscribe } from 'wonka';
import { createHaggleClient, type HaggleClient, type HaggleOptions } from '../../client/urql/client.ts';
import { type Clock, systemClock } from '../../client/urql/clock.ts';
import { type Cable, createCable } from './cable.ts';
import { createSmallServer, type SmallServer } from './small-server.ts';

/** Made anew for each test. */
export let server: SmallServer;
export let cable: Cable;
export const clients: HaggleClient[] = [];

beforeEach(async () => {
  server = await createSmallServer();
  cable = await createCable(server.port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await cable.close();
  await server.close();
});

/** Waits no longer than 5 ms, and notes how long it would have been. */
export const hurried = (waited: number[] = []): Clock => ({
  ...systemClock,
  sleep: (ms, signal) => {
    waited.push(ms);
    return systemClock.sleep(Math.min(ms, 5), signal);
  },
});

export function connect(options: Partial<HaggleOptions> = {}): HaggleClient {
  const client = createHaggleClient({
    url: `http://127.0.0.1:${cable.port}/graphql`,
    token: () => 'good',
    clock: hurried(),
    ...options,
  });
  clients.push(client);
  return client;
}

export type Heard = { ids: string[]; error: CombinedError | undefined; ended: boolean; stop(): void };

export const withId = gql('subscription Bids($after: Cursor) { bidPlaced(after: $after) { id cursor amount } }');

export function listen(client: HaggleClient, document = withId, variables: Record<string, unknown> = {}): Heard {
  const heard: Heard = { ids: [], error: undefined, ended: false, stop: () => {} };
  const { unsubscribe } = pipe(
    client.subscription(document, variables),
    onEnd(() => {
      heard.ended = true;
    }),
    subscribe((result) => {
      if (result.error) heard.error = result.error;
      else heard.ids.push(result.data.bidPlaced.id);
    }),
  );
  heard.stop = unsubscribe;
  return heard;
}

export const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 8_000, interval: 5 });
export const listening = (count = 1) => until(() => server.listening() === count);
