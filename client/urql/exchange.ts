/** What goes over the line: subscriptions, and mutations where that was chosen. The rest goes on to the next exchange. */

import {
  type Exchange,
  getOperationName,
  makeErrorResult,
  makeOperation,
  makeResult,
  type Operation,
  type OperationResult,
  stringifyDocument,
} from '@urql/core';
import type { DocumentNode } from 'graphql';
import { filter, make, map, merge, mergeMap, pipe, type Source, share, takeUntil } from 'wonka';
import type { Clock } from './clock.ts';
import { follow } from './follow.ts';
import type { Line } from './line.ts';
import { resumable } from './resumable.ts';

/** A mutation over the socket takes a tenth of the server's time that one over HTTP does. */
export type MutationsOver = 'http' | 'socket';

export function lineExchange(line: Line, clock: Clock, mutationsOver: MutationsOver): Exchange {
  /** Decided once for each operation, since the line may change between two looks. */
  const route = (operation: Operation): Operation =>
    operation.kind === 'mutation' && mutationsOver === 'socket' && line.isLive()
      ? makeOperation('mutation', operation, { overLine: true })
      : operation;
  const isOurs = ({ kind, context }: Operation) =>
    kind === 'subscription' || (kind === 'mutation' && context['overLine'] === true);

  return ({ client, forward }) =>
    (operations) => {
      const routed = pipe(operations, map(route), share);
      const answer = (operation: Operation): Source<OperationResult> => {
        const over = pipe(
          routed,
          filter(({ kind, key }) => kind === 'teardown' && key === operation.key),
        );
        // Not by handing on the last result once more, as urql's own exchange does.
        const end = () => client.reexecuteOperation(makeOperation('teardown', operation, operation.context));
        const source =
          operation.kind === 'subscription' ? events(line, clock, operation, end) : outcome(line, operation);
        return pipe(source, takeUntil(over));
      };
      const ours = pipe(routed, filter(isOurs), mergeMap(answer));
      const others = pipe(
        routed,
        filter((operation) => !isOurs(operation)),
        forward,
      );
      return merge([ours, others]);
    };
}

function events(line: Line, clock: Clock, operation: Operation, end: () => void): Source<OperationResult> {
  return make(({ next, complete }) => {
    try {
      const document = resumable(operation.query as DocumentNode);
      return follow(line, clock, document, operation.variables ?? {}, {
        next: (result, last) => next({ ...makeResult(operation, { data: null, ...result } as never), hasNext: !last }),
        end: () => {
          end();
          complete();
        },
      });
    } catch (error) {
      next(makeErrorResult(operation, error as Error));
      return () => {};
    }
  });
}

/** Sent once: after a break nobody knows whether it happened, and to send it again might do it twice. */
function outcome(line: Line, operation: Operation): Source<OperationResult> {
  return make(({ next, complete }) => {
    const operationName = getOperationName(operation.query);
    const request = {
      query: stringifyDocument(operation.query),
      variables: operation.variables as Record<string, unknown>,
      ...(operationName !== undefined && { operationName }),
    };
    let open = true;
    const stop = () => {
      open = false;
      unlisten();
      release();
    };
    const settle = (result: OperationResult) => {
      if (!open) return;
      stop();
      next(result);
      complete();
    };
    const broke = () =>
      settle(
        makeErrorResult(
          operation,
          new Error(
            'The line broke before the answer came: it may have happened. Ask again with the same idempotencyKey.',
          ),
        ),
      );
    const release = line.socket.subscribe(request, {
      next: (result) => settle(makeResult(operation, result as never)),
      error: (error) => (Array.isArray(error) ? settle(makeResult(operation, { errors: error } as never)) : broke()),
      complete: broke,
    });
    const unlisten = line.socket.on('closed', broke);
    return stop;
  });
}
