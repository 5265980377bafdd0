/** A server in a process of its own, whose heap is measured while its reader stalls. It does what its parent asks. */

import { setTimeout as delay } from 'node:timers/promises';
import { createTokenVerifier } from '../../src/auth/token.ts';
import { createCommands } from '../../src/commands/commands.ts';
import { closeDatabase, openDatabase } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import { createRemember } from '../../src/db/users.ts';
import { orderTopic } from '../../src/domain/topics.ts';
import { createLog } from '../../src/log.ts';
import { createHub } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createMemoryPresence } from '../../src/pubsub/presence-memory.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import { schema } from '../../src/schema/schema.ts';
import { createHttpServer } from '../../src/server/http.ts';
import { append } from '../support/append.ts';

/** `append`: so many events to an order's topic, and rings them; answers when they are rung. */
export type Ask =
  | { kind: 'append'; orderId: string; count: number; padding: number }
  | { kind: 'measure' }
  | { kind: 'stop' };
export type Measure = { bytes: number; sockets: number; streams: number; members: number };

const [, , databaseUrl = '', secret = '', stall = ''] = process.argv;
const log = createLog({ level: 'error', pretty: true, output: process.stderr });
const db = openDatabase({ url: databaseUrl, connections: 4, log });
const pubsub = createMemoryPubSub();
const ring = createRing(pubsub);
const history = createHistory(db);
const { source } = await history.sweep(null);
const hub = createHub({ pubsub, history, log });
const server = createHttpServer({
  schema,
  services: {
    db,
    commands: createCommands({ db, ring, confirmWithin: 60_000 }),
    hub,
    presence: createMemoryPresence(),
  },
  verify: createTokenVerifier({ kind: 'secret', secret }, createRemember(db).remember),
  probes: { database: () => db.$client`select 1`, hub: () => hub.status() },
  endMails: () => Promise.resolve(false),
  log,
  timings: { stall: Number(stall), goodbye: 10_000 },
});

const bytesNow = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Live bytes, on the heap and beside it, once nothing is left to collect: pages are kept for a second. */
async function measure(): Promise<Measure> {
  let bytes = bytesNow();
  for (let steady = 0; steady < 15; steady += 1) {
    await delay(100);
    const now = bytesNow();
    if (now < bytes - 20_000) steady = 0;
    bytes = Math.min(bytes, now);
  }
  return { bytes, ...server.stats(), members: hub.stats().members };
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.kind) {
    case 'append':
      for (let left = ask.count; left > 0; left -= 1_000) {
        const count = Math.min(left, 1_000);
        const entries = await append(db.$client, orderTopic(ask.orderId), count, 'x'.repeat(ask.padding), ask.orderId);
        ring({ source, entries });
      }
      return null;
    case 'measure':
      return measure();
    case 'stop':
      await server.close(0);
      await hub.close();
      await closeDatabase(db);
      return null;
  }
}

process.on('message', (ask: Ask) => {
  void answer(ask).then((answered) => {
    process.send?.(answered);
    if (ask.kind === 'stop') process.disconnect();
  });
});
process.send?.(await server.listen({ host: '127.0.0.1', port: 0 }));
