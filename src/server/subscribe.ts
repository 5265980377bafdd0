/** Runs an operation, for WebSocket, SSE and plain HTTP alike. What a subscription tells is handed on as it was made, for many. */

import { createSourceEventStream, type ExecutionResult, execute } from 'graphql';
import type { Answer, Answering, Entry } from '../pubsub/group.ts';
import type { Listening, Outlet } from '../pubsub/subscriber.ts';
import { unauthenticated } from '../schema/errors.ts';
import { Hearing } from '../schema/hear.ts';
import { alarm } from './alarm.ts';
import type { Answers, AnswersOf } from './answering.ts';
import { tooCostly } from './cost.ts';
import type { Mask } from './mask.ts';
import { failed, masked, type Operation } from './operation.ts';

/** What takes the last results, too; `final` is what is told at the end. */
type Ending = Outlet & { end(final: ExecutionResult | undefined): void };

/** One that is there before the subscription: told of it once it has begun, to end it when nobody listens any more. */
export type OwnOutlet = Ending & { begin(results: Results): void };

/**
 * `until` is when the viewer's token expires, in milliseconds since 1970, `revoked` is aborted when it is revoked: for
 * transports that have no code to close with. `outlet` takes answers past the transport's own loop; without one, the
 * results are iterated.
 */
export type Terms = { until?: number | undefined; revoked?: AbortSignal | undefined; outlet?: OwnOutlet | undefined };

type Step = IteratorResult<ExecutionResult, undefined>;

/**
 * The results of a subscription; with an outlet there is nothing to iterate once it has begun. `return()` leaves the
 * topic in the same turn, whatever is being waited for.
 */
export type Results = AsyncGenerator<ExecutionResult, undefined, undefined> & { return(): Promise<Step> };

export type Run = {
  /** A query or mutation. */
  perform(operation: Operation): Promise<ExecutionResult>;
  /**
   * Starts a subscription. Refused, it answers one result with errors, and so it ends when an event may not be seen any
   * more, cannot be read, or the cursor's history is gone: an event passed over in silence would be lost.
   */
  subscribe(operation: Operation, terms?: Terms): Promise<Results>;
};

export function createRun({ mask, answersOf }: { mask: Mask; answersOf: AnswersOf }): Run {
  return {
    async perform(operation) {
      try {
        const refused = tooCostly(operation);
        if (refused) return failed(refused);
        return masked(await execute(operation), mask);
      } catch (error) {
        return masked(failed(error), mask);
      }
    },
    async subscribe(operation, terms = {}) {
      try {
        // What each event would cost.
        const refused = tooCostly(operation);
        if (refused) return only(failed(refused)) as Results;
        const started = await createSourceEventStream(operation);
        if (!(started instanceof Hearing)) return only(masked(started as ExecutionResult, mask)) as Results;
        operation.contextValue.rest();
        const subscription = new Subscription(started, answersOf(operation, started), mask, terms);
        terms.outlet?.begin(subscription);
        subscription.start();
        return subscription;
      } catch (error) {
        return only(masked(failed(error), mask)) as Results;
      }
    },
  };
}

/** One that runs. There are thousands: so it has methods, where others have functions of their own. */
class Subscription implements Results, Listening {
  readonly #hearing: Hearing;
  readonly #answers: Answers;
  readonly #mask: Mask;
  readonly outlet: Ending;
  /** Without an outlet of its own. */
  readonly #queue: Queue | null;
  #callOff: (() => void) | undefined;
  #isClosed = false;

  constructor(hearing: Hearing, answers: Answers, mask: Mask, { until, revoked, outlet }: Terms) {
    this.#hearing = hearing;
    this.#answers = answers;
    this.#mask = mask;
    this.#queue = outlet ? null : new Queue();
    this.outlet = outlet ?? (this.#queue as Queue);
    if (until !== undefined || revoked) this.#endAt(until, revoked);
  }

  start(): void {
    this.#hearing.subscriber.start(this);
  }

  get viewerId(): string {
    return this.#answers.viewerId;
  }

  answering(): Answering {
    return this.#answers.answering();
  }

  answer(entries: readonly Entry[]): Promise<readonly Answer[]> {
    return this.#answers.answer(entries);
  }

  end(error?: Error): void {
    this.#close(error && masked(failed(this.#hearing.reason(error)), this.#mask));
  }

  next(): Promise<Step> {
    return this.#queue?.next() ?? Promise.resolve(done);
  }

  return(): Promise<Step> {
    this.#close();
    this.#queue?.empty();
    return Promise.resolve(done);
  }

  throw(error: unknown): Promise<Step> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #close(final?: ExecutionResult): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.outlet.end(final);
    this.#callOff?.();
    this.#hearing.subscriber.end();
  }

  /** For transports that have no code to close with. */
  #endAt(until: number | undefined, revoked: AbortSignal | undefined): void {
    const refuse = (message: string): void => this.#close(masked(failed(unauthenticated(message)), this.#mask));
    const onRevoked = (): void => refuse('The sessions of this user were ended.');
    const silence = until === undefined ? undefined : alarm(until, () => refuse('The token has expired.'));
    this.#callOff = () => {
      silence?.();
      revoked?.removeEventListener('abort', onRevoked);
    };
    if (revoked?.aborted) onRevoked();
    else revoked?.addEventListener('abort', onRevoked, { once: true });
  }
}

const done: Step = { done: true, value: undefined };

/** One result, and no more. */
async function* only(result: ExecutionResult): AsyncGenerator<ExecutionResult, undefined> {
  yield result;
  return undefined;
}

/** History is in the database: little needs to lie here for a reader that does not take it. */
const mostQueued = 16;

const nothing: readonly ExecutionResult[] = [];

/** Results on their way to a reader that iterates: it is ready once it has taken all. */
class Queue implements Ending {
  #isClosed = false;
  #queue = nothing;
  #waiting: ((step: Step) => void) | undefined;
  #emptied: (() => void) | undefined;

  write(answers: readonly Answer[]): number {
    const taken = this.#queue.length > 0 ? [] : answers.slice(0, mostQueued);
    for (const { text } of taken) this.#push(stringified(text));
    return taken.length;
  }

  ready(): Promise<void> | null {
    if (this.#queue.length === 0 || this.#isClosed) return null;
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }

  /** After what is there. */
  end(final: ExecutionResult | undefined): void {
    this.#isClosed = true;
    if (final) this.#push(final);
    this.#waiting?.(done);
    this.#waiting = undefined;
    this.#letGo();
  }

  empty(): void {
    this.#queue = nothing;
  }

  next(): Promise<Step> {
    const [result, ...rest] = this.#queue;
    this.#queue = rest.length === 0 ? nothing : rest;
    if (rest.length === 0) this.#letGo();
    if (result) return Promise.resolve({ done: false, value: result });
    if (this.#isClosed) return Promise.resolve(done);
    return new Promise((resolve) => {
      this.#waiting?.(done);
      this.#waiting = resolve;
    });
  }

  #push(result: ExecutionResult): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting({ done: false, value: result });
    else this.#queue = [...this.#queue, result];
  }

  #letGo(): void {
    this.#emptied?.();
    this.#emptied = undefined;
  }
}

/** Yoga writes what `stringify` answers: the text that was made for all. */
const stringified = (text: string): ExecutionResult => ({ stringify: () => text }) as ExecutionResult;
