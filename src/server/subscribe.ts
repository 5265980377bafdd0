/** Runs an operation, for WebSocket, SSE and plain HTTP alike. What a subscription tells is handed on as it was made, for many. */

import { createSourceEventStream, type ExecutionResult, execute } from 'graphql';
import type { Outlet } from '../pubsub/subscriber.ts';
import { unauthenticated } from '../schema/errors.ts';
import { Hearing } from '../schema/hear.ts';
import { alarm } from './alarm.ts';
import type { AnswersOf } from './answering.ts';
import { tooCostly } from './cost.ts';
import type { Mask } from './mask.ts';
import { failed, masked, type Operation } from './operation.ts';

/**
 * `until` is when the viewer's token expires, `revoked` is aborted when it is revoked: for transports that have no code
 * to close with. `outlet` takes answers past the transport's own loop; without one, the results are iterated.
 */
export type Terms = { until?: Date | undefined; revoked?: AbortSignal | undefined; outlet?: Outlet | undefined };

type Step = IteratorResult<ExecutionResult, undefined>;

/**
 * The results of a subscription; with an outlet only what is told at its end. `return()` leaves the topic in the same
 * turn, whatever is being waited for.
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
        return resultsOf(started, operation, terms);
      } catch (error) {
        return only(masked(failed(error), mask)) as Results;
      }
    },
  };

  function resultsOf(hearing: Hearing, operation: Operation, { until, revoked, outlet }: Terms): Results {
    const queue = createQueue();
    let callOff: (() => void) | undefined;

    function end(final?: ExecutionResult): void {
      if (queue.isClosed()) return;
      queue.close(final);
      callOff?.();
      revoked?.removeEventListener('abort', onRevoked);
      hearing.subscriber.end();
    }

    const refuse = (message: string): void => end(masked(failed(unauthenticated(message)), mask));
    const onRevoked = (): void => refuse('The sessions of this user were ended.');
    if (until) callOff = alarm(until, () => refuse('The token has expired.'));
    if (revoked?.aborted) onRevoked();
    else revoked?.addEventListener('abort', onRevoked, { once: true });

    hearing.subscriber.start({
      ...answersOf(operation, hearing),
      outlet: outlet ?? queue.outlet,
      end: (error) => end(error && masked(failed(hearing.reason(error)), mask)),
    });

    const results: Results = {
      next: () => queue.next(),
      return() {
        end();
        queue.empty();
        return Promise.resolve(done);
      },
      throw(error) {
        void results.return();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]: () => results,
      async [Symbol.asyncDispose]() {
        await results.return();
      },
    };
    return results;
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

/** Results on their way to a reader that iterates: it is ready once it has taken all. */
function createQueue() {
  let queue: ExecutionResult[] = [];
  let closed = false;
  let waiting: ((step: Step) => void) | undefined;
  let emptied: (() => void) | undefined;

  function push(result: ExecutionResult): void {
    if (!waiting) return void queue.push(result);
    waiting({ done: false, value: result });
    waiting = undefined;
  }

  function letGo(): void {
    emptied?.();
    emptied = undefined;
  }

  const outlet: Outlet = {
    write(answers) {
      const taken = queue.length > 0 ? [] : answers.slice(0, mostQueued);
      for (const { text } of taken) push(stringified(text));
      return taken.length;
    },
    ready: () => (queue.length === 0 || closed ? null : new Promise((resolve) => (emptied = resolve))),
  };

  return {
    outlet,
    isClosed: () => closed,
    /** No more will come but `final`, after what is there. */
    close(final?: ExecutionResult): void {
      closed = true;
      if (final) push(final);
      waiting?.(done);
      waiting = undefined;
      letGo();
    },
    empty(): void {
      queue = [];
    },
    next(): Promise<Step> {
      const result = queue.shift();
      if (queue.length === 0) letGo();
      if (result) return Promise.resolve({ done: false, value: result });
      if (closed) return Promise.resolve(done);
      return new Promise((resolve) => {
        waiting?.(done);
        waiting = resolve;
      });
    },
  };
}

/** Yoga writes what `stringify` answers: the text that was made for all. */
const stringified = (text: string): ExecutionResult => ({ stringify: () => text }) as ExecutionResult;
