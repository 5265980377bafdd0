/**
 * Follows one subscription for as long as somebody listens, over any number of connections.
 *
 *   position ──▶ listening ── an event ──▶ listening, its cursor is where the next connection goes on
 *      ▲             │
 *      └── wait ◀────┴── the server cannot serve now, or closed the socket for good
 *
 * Where no `after` is given, it is "from now on": the present position is asked for first and the subscription starts
 * after it. Without that a line that breaks before the first event would have nothing to go on from.
 */

import type { ExecutionResult } from 'graphql';
import { waitAfter } from './backoff.ts';
import type { Clock } from './clock.ts';
import { errorCodes } from './codes.ts';
import type { Line } from './line.ts';
import type { Resumable } from './resumable.ts';
import { createSeen } from './seen.ts';

export type Follower = {
  /** `last`: an error that ends the subscription; nothing comes after it. */
  next(result: ExecutionResult, last: boolean): void;
  /** The server has ended it, or the client was closed. */
  end(): void;
};

type Variables = Record<string, unknown>;
type Failure = { extensions?: { code?: unknown; retryAfter?: unknown } };

/** It will pass: the same subscription is asked for again. */
const passes = (errors: readonly Failure[] | undefined) =>
  errors?.find(({ extensions }) => errorCodes[String(extensions?.code)]?.retry);

const ofOrder = 'query Position($orderId: ID!) { order(id: $orderId) { cursor } }';
const ofViewer = 'query Position { orders(first: 1) { cursor } }';

/** Starts it; the answer stops it. */
export function follow(
  line: Line,
  clock: Clock,
  document: Resumable,
  given: Variables,
  follower: Follower,
): () => void {
  const { text, operationName, root, resume } = document;
  const variables: Variables = { ...given };
  // graphql-ws sends this very object again on each new connection: its variables are kept at the last cursor.
  const payload = { query: text, variables, ...(operationName !== undefined && { operationName }) };
  const isNew = createSeen();
  const stopping = new AbortController();
  let stop = () => {};
  let failures = 0;

  function finish(): void {
    if (stopping.signal.aborted) return;
    stopping.abort();
    line.closing.removeEventListener('abort', end);
    stop();
  }

  function end(): void {
    if (stopping.signal.aborted) return;
    finish();
    follower.end();
  }

  function refuse(result: ExecutionResult): void {
    finish();
    follower.next(result, true);
  }

  async function again(failure?: Failure): Promise<void> {
    stop();
    const asked = Number(failure?.extensions?.retryAfter ?? 0) * 1_000;
    await clock.sleep(Math.max(asked, waitAfter(failures++, clock.random())), stopping.signal);
    start();
  }

  /** One operation on the socket; what it answers when it is over, or cut for good, is `over`. */
  function ask(request: typeof payload, next: (result: ExecutionResult) => void, over: () => void): void {
    let open = true;
    const once = (then: () => void) => {
      if (open && !stopping.signal.aborted) then();
      open = false;
    };
    const release = line.socket.subscribe(request, {
      next: (result) => {
        if (open && !stopping.signal.aborted) next(result as ExecutionResult);
      },
      error: (error) => {
        // A list is the server's answer. Anything else closed the socket with a code after which graphql-ws gives up.
        if (Array.isArray(error)) next({ errors: error });
        else once(() => void again());
      },
      complete: () => once(over),
    });
    stop = () => {
      open = false;
      release();
    };
  }

  function listen(): void {
    ask(payload, hear, end);
  }

  function hear(result: ExecutionResult): void {
    const event = result.data?.[root] as Variables | null | undefined;
    if (!event) {
      const failure = passes(result.errors as readonly Failure[] | undefined);
      return failure ? void again(failure) : refuse(result);
    }
    failures = 0;
    if (resume) {
      variables[resume.variable] = event[resume.cursor];
      if (!isNew(String(event[resume.id]))) return;
    }
    follower.next(result, false);
  }

  function locate(of: NonNullable<Resumable['resume']>): void {
    const orderId = of.order === null ? null : 'value' in of.order ? of.order.value : variables[of.order.variable];
    const request = orderId ? { query: ofOrder, variables: { orderId } } : { query: ofViewer, variables: {} };
    ask(
      request,
      (result) => {
        const data = result.data as
          | { order?: { cursor: string } | null; orders?: { cursor: string } | null }
          | null
          | undefined;
        const failure = passes(result.errors as readonly Failure[] | undefined);
        if (failure) return void again(failure);
        // Where there is none, the subscription itself is refused, in the server's own words.
        variables[of.variable] = (data?.order ?? data?.orders)?.cursor;
      },
      listen,
    );
  }

  function start(): void {
    if (stopping.signal.aborted) return;
    if (resume) variables[resume.variable] ??= resume.start;
    if (resume && variables[resume.variable] == null) locate(resume);
    else listen();
  }

  line.closing.addEventListener('abort', end);
  if (line.closing.aborted) end();
  else start();
  return finish;
}
