/**
 * Executes a subscription for its events: once for all whose answer is the same, and for each viewer by itself where it
 * is not. That an answer is the same is not declared but found out: the context of a shared execution has no viewer, and
 * a document whose fields ask for it counts as each viewer's own from then on.
 */

import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Viewer } from '../auth/viewer.ts';
import type { Answer, Answering, Entry } from '../pubsub/group.ts';
import { limited } from '../pubsub/limited.ts';
import { type Context, createContext, createSharedContext, type Services } from '../schema/context.ts';
import type { Hearing } from '../schema/hear.ts';
import { createLoaders } from '../schema/loaders.ts';
import { recall, snapshotsOf } from '../schema/recall.ts';
import type { Mask } from './mask.ts';
import { failed, masked, type Operation } from './operation.ts';

export type Answers = {
  readonly viewerId: string;
  /** With all who are answered the same. */
  answering(): Answering;
  /** For this viewer alone. */
  answer(entries: readonly Entry[]): Promise<readonly Answer[]>;
};

export type AnswersOf = (operation: Operation, hearing: Hearing) => Answers;

/**
 * How long an event may wait for its answer, in milliseconds: past that its subscribers are told that the service is
 * unavailable, and come back. All that are behind it wait for it, too. Longer than a statement waits for the database.
 */
const longestAnswer = 6_000;

/** One for each schema: it remembers which documents ask for their viewer. */
export function createAnswersOf(mask: Mask): AnswersOf {
  const numbers = new WeakMap<DocumentNode, number>();
  const cursors = new WeakMap<DocumentNode, string | null>();
  const askForViewer = new WeakSet<DocumentNode>();
  let count = 0;

  function numberOf(document: DocumentNode): number {
    const number = numbers.get(document) ?? ++count;
    numbers.set(document, number);
    return number;
  }

  /** The variable that says nothing about the answer, since only `after` uses it. */
  function cursorVariable(document: DocumentNode): string | null {
    const known = cursors.get(document);
    if (known !== undefined) return known;
    const found = findCursorVariable(document);
    cursors.set(document, found);
    return found;
  }

  /** Equal for those whose answers are, as long as nothing asks who they are. */
  function keyOf({ document, operationName, variableValues }: Question, role: string): string {
    const cursor = cursorVariable(document);
    const variables = Object.entries(variableValues ?? {})
      .filter(([name]) => name !== cursor)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return JSON.stringify([numberOf(document), operationName ?? null, variables, role]);
  }

  const sharing: Sharing = { mask, keyOf, askForViewer };
  return (operation, hearing) => new AnswersOfOne(operation, hearing, sharing);
}

/** What is the same for all subscriptions of a schema. */
type Sharing = {
  mask: Mask;
  keyOf: (question: Question, role: string) => string;
  askForViewer: WeakSet<DocumentNode>;
};

/** What is executed for each event. */
type Question = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>;

/** Keeps of the operation, as long as the subscription lives, only what is needed for its events. */
class AnswersOfOne implements Answers, Question {
  readonly document: DocumentNode;
  readonly operationName: Operation['operationName'];
  readonly variableValues: Operation['variableValues'];
  readonly #schema: GraphQLSchema;
  readonly #services: Services;
  readonly #hearing: Hearing;
  readonly #viewer: Viewer;
  readonly #sharing: Sharing;

  constructor(operation: Operation, hearing: Hearing, sharing: Sharing) {
    const { services, viewer } = operation.contextValue;
    if (!viewer) throw new Error('Nobody hears events without a token.');
    this.document = operation.document;
    this.operationName = operation.operationName;
    this.variableValues = operation.variableValues;
    this.#schema = operation.schema;
    this.#services = services;
    this.#hearing = hearing;
    this.#viewer = viewer;
    this.#sharing = sharing;
  }

  get viewerId(): string {
    return this.#viewer.id;
  }

  answering(): Answering {
    const { id, role } = this.#viewer;
    const sharedKey = this.#sharing.keyOf(this, role);
    const { wants } = this.#hearing;
    if (!this.#isShared()) {
      const answer: Answering['answer'] = (entries, isNew) => this.answer(entries, isNew);
      return { key: `${sharedKey} ${id}`, wants, apart: nobody, answer };
    }
    const apart = role === 'VENDOR' ? vendorOf : nobody;
    return { key: sharedKey, wants, apart, answer: (entries, isNew) => this.#answerAll(entries, isNew) };
  }

  answer(entries: readonly Entry[], isNew = false): Promise<Answer[]> {
    if (entries.length === 0) return Promise.resolve([]);
    const context = createContext(this.#services, this.#viewer);
    if (isNew) recall(context, snapshotsOf(entries, this.#services));
    const { mask } = this.#sharing;
    return Promise.all(entries.map(async (entry) => answerOf(await this.#executed(entry, context), mask)));
  }

  async #answerAll(entries: readonly Entry[], isNew = false): Promise<Answer[] | null> {
    const { askForViewer, mask } = this.#sharing;
    if (askForViewer.has(this.document)) return null;
    const services = this.#services;
    const base = { services, load: createLoaders(services.db, null, services.hub.learn) };
    if (isNew) recall(base, snapshotsOf(entries, services));
    const made = await Promise.all(
      entries.map(async (entry) => {
        const { context, wasAsked } = createSharedContext(base, this.#viewer.role, doersOf(entry));
        const result = await this.#executed(entry, context);
        return wasAsked() ? null : answerOf(result, mask);
      }),
    );
    if (!made.includes(null)) return made as Answer[];
    askForViewer.add(this.document);
    return null;
  }

  #isShared(): boolean {
    const { askForViewer } = this.#sharing;
    return this.#hearing.isShared && this.#viewer.role !== 'CUSTOMER' && !askForViewer.has(this.document);
  }

  #executed(entry: Entry, contextValue: Context): Promise<ExecutionResult> {
    const { document, operationName, variableValues } = this;
    const rootValue = this.#hearing.heard(entry);
    return settled(() =>
      execute({ schema: this.#schema, document, operationName, variableValues, rootValue, contextValue }),
    );
  }
}

/** The vendor that an event is about may learn more of it than the others. */
const vendorOf = (entry: Entry): string | null => ('vendorId' in entry.data ? entry.data.vendorId : null);
const nobody = (): null => null;

function doersOf(entry: Entry): ReadonlySet<string> {
  const vendorId = vendorOf(entry);
  return new Set(vendorId === null ? [] : [vendorId]);
}

function findCursorVariable(document: DocumentNode): string | null {
  const uses = new Map<string, number>();
  visit(document, {
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  const operations = document.definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  // A use in its definition, and one as the root field's argument.
  for (const { selectionSet } of operations.length === 1 ? operations : []) {
    for (const selection of selectionSet.selections) {
      if (selection.kind !== Kind.FIELD) continue;
      const value = selection.arguments?.find(({ name }) => name.value === 'after')?.value;
      if (value?.kind === Kind.VARIABLE && uses.get(value.name.value) === 2) return value.name.value;
    }
  }
  return null;
}

async function settled(run: () => ExecutionResult | Promise<ExecutionResult>): Promise<ExecutionResult> {
  try {
    const result = run();
    return result instanceof Promise ? await limited(result, longestAnswer) : result;
  } catch (error) {
    return failed(error);
  }
}

function answerOf(result: ExecutionResult, mask: Mask): Answer {
  const text = JSON.stringify(masked(result, mask));
  return { text, bytes: Buffer.from(text), ends: !result.data };
}
