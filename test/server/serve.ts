/** The whole server within the test's process, on a database of its own, so that a test can look inside. */

import { afterAll } from 'vitest';
import { createTokenVerifier, signToken } from '../../src/auth/token.ts';
import { createCommands } from '../../src/commands/commands.ts';
import type { Database } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import { endChannel } from '../../src/db/preferences.ts';
import { createRemember } from '../../src/db/users.ts';
import { createLog } from '../../src/log.ts';
import { createHub, type Hub } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { Presence } from '../../src/pubsub/presence.ts';
import { createMemoryPresence } from '../../src/pubsub/presence-memory.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import { schema } from '../../src/schema/schema.ts';
import type { Probes } from '../../src/server/health.ts';
import { createHttpServer, type Server } from '../../src/server/http.ts';
import type { SocketTimings } from '../../src/server/websocket.ts';
import { createTestDatabase } from '../support/database.ts';

export type Role = 'customer' | 'vendor' | 'service';

export type Served = {
  url: string;
  server: Server;
  db: Database;
  hub: Hub;
  presence: Presence;
  token(sub: string, role: Role, expiresInSeconds?: number): Promise<string>;
  /** Answers the body of a GraphQL request by POST. */
  ask(query: string, options?: { token?: string; variables?: Record<string, unknown> }): Promise<Answer>;
};
export type Answer = {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: { code: string } }[];
};

const secret = 'a secret of the tests, and of nothing else';

/** Closed after the file's last test. */
export async function serve(
  options: { timings?: Partial<SocketTimings>; signIn?: boolean; probes?: Partial<Probes> } = {},
): Promise<Served> {
  const { db } = await createTestDatabase();
  const log = createLog({ level: 'error', pretty: true, output: process.stderr });
  const pubsub = createMemoryPubSub();
  const hub = createHub({ pubsub, history: createHistory(db), log });
  const presence = createMemoryPresence();
  const commands = createCommands({ db, ring: createRing(pubsub), confirmWithin: 60_000 });
  const server = createHttpServer({
    schema,
    services: { db, commands, hub, presence },
    verify: createTokenVerifier({ kind: 'secret', secret }, createRemember(db).remember),
    probes: { database: () => db.$client`select 1`, hub: () => hub.status(), ...options.probes },
    endMails: (token) => endChannel(db.$client, 'EMAIL', token),
    log,
    signIn: options.signIn ? { secret } : undefined,
    timings: { goodbye: 500, ...options.timings },
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  afterAll(async () => {
    await server.close(0);
    await hub.close();
    await pubsub.close();
  });
  return {
    url,
    server,
    db,
    hub,
    presence,
    token: (sub, role, expiresInSeconds = 600) => signToken({ secret, sub, role, expiresInSeconds }),
    async ask(query, { token, variables } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
  };
}

/** Posts an order of a customer; answers its id. */
export async function postOrder(served: Pick<Served, 'ask'>, token: string): Promise<string> {
  const { data, errors } = await served.ask(
    `mutation { createOrder(input: { title: "Chairs", currency: "INR", visibility: OPEN }) {
      ... on CreateOrderPayload { order { id } } ... on Refusal { code message } } }`,
    { token },
  );
  const made = (data?.['createOrder'] as { order?: { id: string } } | null | undefined)?.order;
  if (!made) throw new Error(JSON.stringify({ data, errors }));
  return made.id;
}

export const placeBid = (
  served: Pick<Served, 'ask'>,
  token: string,
  orderId: string,
  amount: string,
): Promise<Answer> =>
  served.ask(
    `mutation ($orderId: ID!, $amount: Decimal!) { placeBid(input: { orderId: $orderId, amount: $amount }) {
      __typename ... on Refusal { code message } } }`,
    { token, variables: { orderId, amount } },
  );
