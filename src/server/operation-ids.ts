/**
 * Gives every operation on a socket an id of its own. graphql-ws keeps its books by the client's ids: where one is used
 * again at once (subscribe, complete, subscribe in one packet) the ending of the first operation clears away the second,
 * and an iterator may be left that nobody ever returns.
 */

export type OperationIds = {
  /** The client's message with our id in place of its own; null for one about an operation that is over. */
  incoming(message: unknown): unknown;
  /** The frame with the client's id again; null when the client has ended the operation. */
  outgoing(frame: string): string | null;
  /** The client's id of an operation of ours that still runs. */
  theirs(our: string): string | undefined;
};

/** graphql-ws writes the id first; ours need no escaping. */
const leadingId = /^\{"id":"(\d+)","type":"(\w+)"/;

export function createOperationIds(): OperationIds {
  const ours = new Map<string, string>();
  const theirs = new Map<string, string>();
  let count = 0;

  function forget(our: string, their: string): void {
    ours.delete(their);
    theirs.delete(our);
  }

  return {
    incoming(message) {
      if (!isOfOperation(message)) return message;
      const known = ours.get(message.id);
      if (message.type === 'complete') {
        if (known === undefined) return null;
        forget(known, message.id);
        return { ...message, id: known };
      }
      // One that still runs keeps its id, so that graphql-ws sees the second and closes with 4409.
      if (known !== undefined) return { ...message, id: known };
      count += 1;
      const our = String(count);
      ours.set(message.id, our);
      theirs.set(our, message.id);
      return { ...message, id: our };
    },
    outgoing(frame) {
      const found = leadingId.exec(frame);
      if (!found) return frame;
      const [start, our = '', type] = found;
      const their = theirs.get(our);
      if (their === undefined) return null;
      if (type === 'complete' || type === 'error') forget(our, their);
      return `{"id":${JSON.stringify(their)},"type":"${type}"${frame.slice(start.length)}`;
    },
    theirs: (our) => theirs.get(our),
  };
}

type OfOperation = { type: 'subscribe' | 'complete'; id: string };

/** Anything else, malformed messages too, is for graphql-ws to judge. */
function isOfOperation(message: unknown): message is OfOperation {
  if (typeof message !== 'object' || message === null) return false;
  const { type, id } = message as { type?: unknown; id?: unknown };
  return (type === 'subscribe' || type === 'complete') && typeof id === 'string' && id !== '';
}
