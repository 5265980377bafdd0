/** Asks the schema as a transport would, against a real database and a hub of its own. */

import { type DocumentNode, type ExecutionResult, execute, GraphQLError, parse, validate } from 'graphql';
import { afterAll } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { Database } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import type { Appended } from '../../src/domain/history.ts';
import { createLog } from '../../src/log.ts';
import { createHub } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createMemoryPresence } from '../../src/pubsub/presence-memory.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import { createContext, type Services } from '../../src/schema/context.ts';
import { maskError } from '../../src/schema/errors.ts';
import { encodeId, type NodeType } from '../../src/schema/ids.ts';
import { schema } from '../../src/schema/schema.ts';
import { createAnswersOf } from '../../src/server/answering.ts';
import { createRun } from '../../src/server/subscribe.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, type Market } from '../support/market.ts';

/** What came back. Tests read into it freely; a wrong path fails the test. */
export type Data = ReturnType<typeof JSON.parse>;
export type Answer = { data: Data; codes: string[]; errors: readonly GraphQLError[] };

export type Asking = Market & {
  services: Services;
  ask: (viewer: Viewer | null, text: string, variables?: Record<string, unknown>) => Promise<Answer>;
  /** Fails on any error. */
  read: (viewer: Viewer | null, text: string, variables?: Record<string, unknown>) => Promise<Data>;
  /** `next` answers the next event's root field; `codes` of a result with errors. */
  hear: (viewer: Viewer | null, text: string, variables?: Record<string, unknown>) => Promise<Hearing>;
  /** How many statements ran meanwhile. */
  statements: <T>(work: () => Promise<T>) => Promise<{ count: number; result: T }>;
  gid: (type: NodeType, id: string) => string;
  /** What is committed meanwhile, not rung yet. */
  held: (work: () => Promise<unknown>) => Promise<Appended[]>;
  ring: (appended: Appended) => void;
  /** As a version of the program did that knew of no snapshots. */
  ringPlainly: (appended: Appended) => void;
};
export type Hearing = { next: () => Promise<Answer & { done: boolean }>; stop: () => Promise<unknown> };

const run = createRun({ mask: maskError, answersOf: createAnswersOf(maskError) });
const parsed = new Map<string, DocumentNode>();

function parseOnce(text: string): DocumentNode {
  const document = parsed.get(text) ?? parse(text);
  const [error] = validate(schema, document);
  if (error) throw error;
  parsed.set(text, document);
  return document;
}

function answerOf({ data, errors = [] }: ExecutionResult): Answer {
  const masked = errors.map((error) => (error instanceof GraphQLError ? maskError(error) : error));
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    codes: masked.map(({ extensions }) => String(extensions['code'])),
    errors: masked,
  };
}

/** What was made for many comes as text. */
const told = (result: ExecutionResult & { stringify?: () => string }): ExecutionResult =>
  result.stringify ? (JSON.parse(result.stringify()) as ExecutionResult) : result;

/** Counts what goes to the database through the pool. */
function counted(db: Database): { db: Database; count: () => number } {
  let count = 0;
  const $client = new Proxy(db.$client, {
    get(client, name) {
      if (name === 'unsafe') count += 1;
      return Reflect.get(client, name);
    },
  });
  return { db: Object.assign(Object.create(db), { $client }) as Database, count: () => count };
}

/** Call it at the top of a test file. */
export async function createAsking(): Promise<Asking> {
  const { db } = await createTestDatabase();
  const log = createLog({ level: 'silent', pretty: false, output: process.stderr });
  const pubsub = createMemoryPubSub();
  const hub = createHub({ pubsub, history: createHistory(db), log });
  const ring = createRing(pubsub);
  let holding: Appended[] | null = null;
  const market = createMarket(db, (appended) => (holding ? void holding.push(appended) : ring(appended)));
  const reading = counted(db);
  const services = { db: reading.db, commands: market.commands, hub, presence: createMemoryPresence() };
  afterAll(async () => {
    await hub.close();
    await pubsub.close();
  });

  const ask: Asking['ask'] = async (viewer, text, variables = {}) =>
    answerOf(
      await execute({
        schema,
        document: parseOnce(text),
        variableValues: variables,
        contextValue: createContext(services, viewer),
      }),
    );

  return {
    ...market,
    services,
    ask,
    async read(viewer, text, variables) {
      const { data, errors } = await ask(viewer, text, variables);
      if (errors[0]) throw errors[0].originalError ?? errors[0];
      return data;
    },
    async hear(viewer, text, variables = {}) {
      const results: AsyncIterator<ExecutionResult> = await run.subscribe({
        schema,
        document: parseOnce(text),
        variableValues: variables,
        contextValue: createContext(services, viewer),
      });
      return {
        next: async () => {
          const step = await results.next();
          return { ...answerOf(told(step.value ?? {})), done: step.done === true };
        },
        stop: async () => results.return?.(),
      };
    },
    async statements(work) {
      const before = reading.count();
      const result = await work();
      return { count: reading.count() - before, result };
    },
    gid: (type, id) => encodeId(type, id),
    async held(work) {
      const those: Appended[] = [];
      holding = those;
      await work();
      holding = null;
      return those;
    },
    ring,
    ringPlainly({ source, entries }) {
      for (const [topic, ofTopic] of Map.groupBy(entries, (entry) => entry.topic)) {
        pubsub.publish(topic, { source, entries: ofTopic });
      }
    },
  };
}
