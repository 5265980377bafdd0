/** The port of a channel: hands a digest over, and says what became of it. */

import type { Digest } from '../domain/digest.ts';

/** Whom it is for. */
export type Recipient = {
  externalId: string;
  name: string;
  /** Null where none is known. */
  email: string | null;
  /** Known to nobody but who got it in a mail. */
  unsubscribeToken: string;
};

/** `id` is the same whenever the same is sent again: receivers know a repeat by it. */
export type Message = { id: string; to: Recipient; digest: Digest };

/** `again`: it may succeed later, as it is. `error` may be shown to services and written to the log: no addresses in it. */
export type Sent = { sent: true } | { sent: false; error: string; again: boolean };

export type Sender = {
  /** Never rejects, and answers within `longest`. */
  send(message: Message): Promise<Sent>;
  close(): Promise<void>;
};

/** Milliseconds that sending takes at most, lest a job's lease ends meanwhile. */
export const longest = 15_000;
