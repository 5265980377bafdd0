/** Runs an operation, for WebSocket, SSE and plain HTTP alike: a subscription's events are executed one by one. */

import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Context } from '../schema/context.ts';
import { maskError, unauthenticated } from '../schema/errors.ts';
import { alarm } from './alarm.ts';
import type { Mask } from './mask.ts';

export type Operation = Omit<ExecutionArgs, 'contextValue'> & { contextValue: Context };

type Endings = { until?: Date | undefined; revoked?: AbortSignal | undefined };

type Step = IteratorResult<ExecutionResult, undefined>;

/** The results of a subscription. `return()` leaves its source in the same turn, whatever is being waited for. */
export type Results = AsyncGenerator<ExecutionResult, undefined, undefined> & { return(): Promise<Step> };

/** A query or mutation. */
export async function perform(operation: Operation, mask: Mask = maskError): Promise<ExecutionResult> {
  try {
    return masked(await execute(operation), mask);
  } catch (error) {
    return failed(error, mask);
  }
}

/**
 * Starts a subscription. Refused, it answers one result with errors, and so it ends when an event may not be seen any
 * more, cannot be read, or the cursor's history is gone: an event passed over in silence would be lost. `until` is when
 * the viewer's token expires, `revoked` is aborted when it is revoked, for transports that have no code to close with.
 */
export async function subscribe(
  operation: Operation,
  { mask = maskError, ...endings }: { mask?: Mask } & Endings = {},
): Promise<Results> {
  try {
    const started = await createSourceEventStream(operation);
    if (!(Symbol.asyncIterator in started)) return only(masked(started, mask)) as Results;
    return resultsOf(started[Symbol.asyncIterator](), operation, mask, endings);
  } catch (error) {
    return only(failed(error, mask)) as Results;
  }
}

const done: Step = { done: true, value: undefined };

/** One result, and no more. */
async function* only(result: ExecutionResult): AsyncGenerator<ExecutionResult, undefined> {
  yield result;
  return undefined;
}

function resultsOf(
  source: AsyncIterator<unknown>,
  operation: Operation,
  mask: Mask,
  { until, revoked }: Endings,
): Results {
  let ended = false;
  /** What is still to be told after the end. */
  let last: ExecutionResult | undefined;
  let waiting: ((step: Step) => void) | undefined;
  let callOff: (() => void) | undefined;

  function answer(step: Step): void {
    waiting?.(step);
    waiting = undefined;
  }

  /** Answers whoever waits by itself: a source need not end a `next` that is on its way when it is told to return. */
  function end(final?: ExecutionResult): void {
    if (ended) return;
    ended = true;
    callOff?.();
    void Promise.resolve(source.return?.()).catch(() => {});
    last = final;
    if (waiting) answer(leftover());
  }

  function leftover(): Step {
    const value = last;
    last = undefined;
    return value ? { done: false, value } : done;
  }

  async function advance(): Promise<void> {
    try {
      const event = await source.next();
      if (ended) return;
      if (event.done) return end();
      const result = await execute({
        ...operation,
        rootValue: event.value,
        contextValue: operation.contextValue.fresh(),
      });
      if (ended) return;
      if (result.data) answer({ done: false, value: masked(result, mask) });
      else end(masked(result, mask));
    } catch (error) {
      end(failed(error, mask));
    }
  }

  const refuse = (message: string): void => end({ errors: [unauthenticated(message)] });
  if (until) callOff = alarm(until, () => refuse('The token has expired.'));
  const onRevoked = (): void => refuse('The sessions of this user were ended.');
  if (revoked?.aborted) onRevoked();
  else revoked?.addEventListener('abort', onRevoked, { once: true });

  const results: Results = {
    next() {
      if (ended) return Promise.resolve(leftover());
      return new Promise((resolve) => {
        waiting = resolve;
        void advance();
      });
    },
    return() {
      last = undefined;
      end();
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

const masked = (result: ExecutionResult, mask: Mask): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map(mask) } : result;

const failed = (error: unknown, mask: Mask): ExecutionResult => ({ errors: [mask(error)] });
