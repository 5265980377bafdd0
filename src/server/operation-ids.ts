/**
 * Gives every operation on a socket an id of its own. graphql-ws keeps its books by the client's ids: where one is used
 * again at once (subscribe, complete, subscribe in one packet) the ending of the first operation clears away the second,
 * and an iterator may be left that nobody ever returns. Of subscriptions that have begun these are the only books: they run
 * on without graphql-ws.
 */

import { Few } from './few.ts';

/** graphql-ws writes the id first, then the type; ours is a number and the client's. */
const [beforeId, afterId] = ['{"id":"', '","type":"'];

/** An operation that runs on without graphql-ws. */
export type Running = {
  /** The client's. */
  readonly id: string;
  stop(): void;
};

export class OperationIds {
  /** By the client's ids: the number by which graphql-ws knows it, or what runs on without it. */
  readonly #open = new Few<number | Running>();
  #count = 0;

  /** Whether it would begin an operation with the id of one that still runs. */
  isInUse(message: unknown): boolean {
    return isOfOperation(message) && message.type === 'subscribe' && this.#open.get(message.id) !== undefined;
  }

  /** Puts our id into the client's message in place of its own; null for one that is not for graphql-ws. */
  incoming(message: unknown): unknown {
    if (!isOfOperation(message)) return message;
    const { id } = message;
    const number = message.type === 'complete' ? this.#complete(id) : this.#begin(id);
    if (number === null) return null;
    message.id = `${number}:${id}`;
    return message;
  }

  /** The frame with the client's id again; null when the operation is over, or runs on without graphql-ws. */
  outgoing(frame: string): string | null {
    if (!frame.startsWith(beforeId)) return frame;
    const colon = frame.indexOf(':', beforeId.length);
    // Within the id quotes are escaped, so that this is behind it.
    const end = frame.indexOf(afterId, colon);
    const escaped = frame.slice(colon + 1, end);
    const id = JSON.parse(`"${escaped}"`) as string;
    if (this.#open.get(id) !== Number(frame.slice(beforeId.length, colon))) return null;
    if (!frame.startsWith('next', end + afterId.length)) this.#open.delete(id);
    return `${beforeId}${escaped}${frame.slice(end)}`;
  }

  /** From now on it runs without graphql-ws, which knew it by the number. False if it is over. */
  takeOver(number: number, running: Running): boolean {
    if (this.#open.get(running.id) !== number) return false;
    this.#open.set(running.id, running);
    return true;
  }

  /** It has ended by itself. False if it was over before. */
  finish(running: Running): boolean {
    return this.#open.get(running.id) === running && this.#open.delete(running.id);
  }

  /** Stops all that runs without graphql-ws: the socket is gone. */
  end(): void {
    for (const one of this.#open.clear()) if (typeof one === 'object') one.stop();
  }

  #begin(id: string): number {
    this.#count += 1;
    this.#open.set(id, this.#count);
    return this.#count;
  }

  /** The number by which graphql-ws knows it; null if it does not. */
  #complete(id: string): number | null {
    const known = this.#open.get(id);
    this.#open.delete(id);
    if (typeof known === 'object') known.stop();
    return typeof known === 'number' ? known : null;
  }
}

/** An id of ours in its parts. */
export function partsOf(our: string): { number: number; id: string } {
  const colon = our.indexOf(':');
  return { number: Number(our.slice(0, colon)), id: our.slice(colon + 1) };
}

type OfOperation = { type: 'subscribe' | 'complete'; id: string };

/** Anything else, malformed messages too, is for graphql-ws to judge. */
function isOfOperation(message: unknown): message is OfOperation {
  if (typeof message !== 'object' || message === null) return false;
  const { type, id } = message as { type?: unknown; id?: unknown };
  return (type === 'subscribe' || type === 'complete') && typeof id === 'string' && id !== '';
}
