/** The codes with which a socket is closed, what each means, and whether clients of graphql-ws come back after it. */

export const closeCodes = {
  /** The process stops: come back, to another one. */
  RESTART: { code: 1012, reason: 'Service restart', retried: true },
  /** Something failed here that is not the client's doing: come back. */
  TRY_AGAIN: { code: 1013, reason: 'Try again later', retried: true },
  /** A message of more than the limit; sent by `ws` itself. */
  TOO_BIG: { code: 1009, reason: 'Message too big', retried: false },
  /** A frame that is no message of the protocol. */
  BAD_REQUEST: { code: 4400, reason: 'Invalid message received', retried: false },
  /** An operation before the connection was acknowledged. */
  NOT_ACKNOWLEDGED: { code: 4401, reason: 'Unauthorized', retried: false },
  /** The token is refused or has just expired: come back with a fresh one. */
  FORBIDDEN: { code: 4403, reason: 'Forbidden', retried: true },
  /** Only graphql-transport-ws is spoken here. */
  WRONG_PROTOCOL: { code: 4406, reason: 'Subprotocol not acceptable', retried: false },
  /** No connection_init in time. */
  INIT_TIMEOUT: { code: 4408, reason: 'Connection initialisation timeout', retried: true },
  /** Its reader took nothing for too long: come back with the last cursor. */
  TOO_SLOW: { code: 4410, reason: 'Too slow', retried: true },
  /** An operation with the id of one that still runs. */
  ID_IN_USE: { code: 4409, reason: 'Subscriber already exists', retried: false },
  /** A second connection_init. */
  INIT_TWICE: { code: 4429, reason: 'Too many initialisation requests', retried: false },
} as const satisfies Record<string, { code: number; reason: string; retried: boolean }>;

export type Closing = { code: number; reason: string };
