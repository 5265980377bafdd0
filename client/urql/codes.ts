/** The codes of a Haggle server: who is at fault, and whether to ask again. A test holds them against the server's own. */

export type Verdict = { fault: 'client' | 'server' | 'nobody'; retry: boolean };

/** `extensions.code` of an error. */
export const errorCodes: Record<string, Verdict> = {
  UNAUTHENTICATED: { fault: 'client', retry: false },
  FORBIDDEN: { fault: 'client', retry: false },
  NOT_FOUND: { fault: 'client', retry: false },
  BAD_USER_INPUT: { fault: 'client', retry: false },
  CURSOR_INVALID: { fault: 'client', retry: false },
  CURSOR_EXPIRED: { fault: 'nobody', retry: false },
  RATE_LIMITED: { fault: 'client', retry: true },
  UNAVAILABLE: { fault: 'server', retry: true },
  GRAPHQL_PARSE_FAILED: { fault: 'client', retry: false },
  GRAPHQL_VALIDATION_FAILED: { fault: 'client', retry: false },
  INTERNAL_SERVER_ERROR: { fault: 'server', retry: false },
};

/** The server did not take the token: not from the start, or it has expired or was revoked. */
export const FORBIDDEN = 4403;

/** Of the socket. After one that is not retried the line still comes back, for its other subscriptions, but in no hurry. */
export const closeCodes: Record<number, Verdict> = {
  1009: { fault: 'client', retry: false },
  1012: { fault: 'nobody', retry: true },
  1013: { fault: 'server', retry: true },
  4400: { fault: 'client', retry: false },
  4401: { fault: 'client', retry: false },
  [FORBIDDEN]: { fault: 'client', retry: true },
  4406: { fault: 'client', retry: false },
  4408: { fault: 'client', retry: true },
  4409: { fault: 'client', retry: false },
  4410: { fault: 'client', retry: true },
  4429: { fault: 'client', retry: false },
};
