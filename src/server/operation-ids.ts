/**
 * Gives every operation on a socket an id of its own. graphql-ws keeps its books by the client's ids: where one is used
 * again at once (subscribe, complete, subscribe in one packet) the ending of the first operation clears away the second,
 * and an iterator may be left that nobody ever returns.
 */

/** graphql-ws writes the id first, then the type; ours is a number and the client's. */
const [beforeId, afterId] = ['{"id":"', '","type":"'];

export class OperationIds {
  /** The numbers of those that run, by the client's ids. */
  readonly #numbers = new Map<string, number>();
  #count = 0;

  /** The client's message with our id in place of its own; null for one about an operation that is over. */
  incoming(message: unknown): unknown {
    if (!isOfOperation(message)) return message;
    const { id, type } = message;
    const known = this.#numbers.get(id);
    if (type === 'complete') {
      if (known === undefined) return null;
      this.#numbers.delete(id);
    } else if (known === undefined) {
      this.#numbers.set(id, ++this.#count);
    }
    // One that still runs keeps its id, so that graphql-ws sees the second and closes with 4409.
    return { ...message, id: `${known ?? this.#count}:${id}` };
  }

  /** The frame with the client's id again; null when the client has ended the operation. */
  outgoing(frame: string): string | null {
    if (!frame.startsWith(beforeId)) return frame;
    const colon = frame.indexOf(':', beforeId.length);
    // Within the id quotes are escaped, so that this is behind it.
    const end = frame.indexOf(afterId, colon);
    const escaped = frame.slice(colon + 1, end);
    const id = JSON.parse(`"${escaped}"`) as string;
    if (this.#numbers.get(id) !== Number(frame.slice(beforeId.length, colon))) return null;
    if (!frame.startsWith('next', end + afterId.length)) this.#numbers.delete(id);
    return `${beforeId}${escaped}${frame.slice(end)}`;
  }
}

/** The client's id of an operation of ours. */
export const theirs = (our: string): string => our.slice(our.indexOf(':') + 1);

type OfOperation = { type: 'subscribe' | 'complete'; id: string };

/** Anything else, malformed messages too, is for graphql-ws to judge. */
function isOfOperation(message: unknown): message is OfOperation {
  if (typeof message !== 'object' || message === null) return false;
  const { type, id } = message as { type?: unknown; id?: unknown };
  return (type === 'subscribe' || type === 'complete') && typeof id === 'string' && id !== '';
}
