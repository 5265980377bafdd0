/** The codes with which a socket is closed: what each means, who is at fault, and whether clients of graphql-ws come back. */

import type { Fault } from '../schema/errors.ts';

export type Closing = { code: number; reason: string };
type Row = Closing & { meaning: string; fault: Fault; retried: boolean };

export const closeCodes = {
  RESTART: {
    code: 1012,
    reason: 'Service restart',
    meaning: 'The process stops. Another one goes on from the last cursor.',
    fault: 'nobody',
    retried: true,
  },
  TRY_AGAIN: {
    code: 1013,
    reason: 'Try again later',
    meaning: 'Something failed here, or a part of the service is away.',
    fault: 'server',
    retried: true,
  },
  /** Sent by `ws` itself. */
  TOO_BIG: {
    code: 1009,
    reason: 'Message too big',
    meaning: 'A message was larger than a megabyte.',
    fault: 'client',
    retried: false,
  },
  BAD_REQUEST: {
    code: 4400,
    reason: 'Invalid message received',
    meaning: 'A frame was no message of the protocol.',
    fault: 'client',
    retried: false,
  },
  NOT_ACKNOWLEDGED: {
    code: 4401,
    reason: 'Unauthorized',
    meaning: 'An operation came before the connection was acknowledged.',
    fault: 'client',
    retried: false,
  },
  FORBIDDEN: {
    code: 4403,
    reason: 'Forbidden',
    meaning: 'The token is refused, was revoked, or has just expired. A fresh one is needed.',
    fault: 'client',
    retried: true,
  },
  WRONG_PROTOCOL: {
    code: 4406,
    reason: 'Subprotocol not acceptable',
    meaning: 'Only graphql-transport-ws is spoken here.',
    fault: 'client',
    retried: false,
  },
  INIT_TIMEOUT: {
    code: 4408,
    reason: 'Connection initialisation timeout',
    meaning: 'No connection_init came in time.',
    fault: 'client',
    retried: true,
  },
  ID_IN_USE: {
    code: 4409,
    reason: 'Subscriber already exists',
    meaning: 'An operation had the id of one that still runs.',
    fault: 'client',
    retried: false,
  },
  TOO_SLOW: {
    code: 4410,
    reason: 'Too slow',
    meaning: 'What was sent was not taken for STALL_SECONDS. The last cursor is where to go on.',
    fault: 'client',
    retried: true,
  },
  INIT_TWICE: {
    code: 4429,
    reason: 'Too many initialisation requests',
    meaning: 'A second connection_init came.',
    fault: 'client',
    retried: false,
  },
} as const satisfies Record<string, Row>;
