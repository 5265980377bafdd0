/** What goes wrong outside of a mutation's answer: each error with the stable code in `extensions.code`. */

import { GraphQLError, type GraphQLErrorExtensions, type GraphQLErrorOptions } from 'graphql';
import { Unavailable } from '../commands/unavailable.ts';
import { isAway } from '../db/away.ts';
import { CursorExpired, CursorInvalid } from '../pubsub/cursor.ts';

/** Whose doing it is that something went wrong. */
export type Fault = 'client' | 'server' | 'nobody';

/** `retry`: whether the same request may succeed later, as it is. */
type Row = { meaning: string; fault: Fault; retry: boolean };

export const errorCodes = {
  UNAUTHENTICATED: { meaning: 'There is no valid token, and it needs one.', fault: 'client', retry: false },
  FORBIDDEN: { meaning: 'The role or the relation to the order does not allow it.', fault: 'client', retry: false },
  NOT_FOUND: { meaning: 'It is absent, or may not be known to exist.', fault: 'client', retry: false },
  BAD_USER_INPUT: {
    meaning:
      'The request or a value in it is malformed, or it asks for too much: then `cost` says how much, and `most` the limit.',
    fault: 'client',
    retry: false,
  },
  CURSOR_INVALID: { meaning: 'It is no cursor, or one of another stream.', fault: 'client', retry: false },
  CURSOR_EXPIRED: {
    meaning: 'What followed the cursor is not kept any more. Read anew; `oldest` is where to go on.',
    fault: 'nobody',
    retry: false,
  },
  RATE_LIMITED: { meaning: 'Too much was asked in too short a time.', fault: 'client', retry: true },
  UNAVAILABLE: {
    meaning:
      'The service cannot do it now. `retryAfter` is when to ask again, in seconds. A mutation may have been done, or be ' +
      'done yet, where only its answer is late: ask again with the same `idempotencyKey`, and it is done once.',
    fault: 'server',
    retry: true,
  },
  GRAPHQL_PARSE_FAILED: {
    meaning: 'The document is no GraphQL, or is too long or too deeply nested.',
    fault: 'client',
    retry: false,
  },
  GRAPHQL_VALIDATION_FAILED: { meaning: 'The document does not fit the schema.', fault: 'client', retry: false },
  INTERNAL_SERVER_ERROR: { meaning: 'A bug. The log has it.', fault: 'server', retry: false },
} as const satisfies Record<string, Row>;
export type ErrorCode = keyof typeof errorCodes;

const withCode = (code: ErrorCode, message: string, more: GraphQLErrorExtensions = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...more } });

export const unauthenticated = (message = 'This needs a token.'): GraphQLError => withCode('UNAUTHENTICATED', message);
export const forbidden = (message: string): GraphQLError => withCode('FORBIDDEN', message);
/** For what is absent and for what may not be known to exist: both alike. */
export const notFound = (what: string): GraphQLError => withCode('NOT_FOUND', `There is no such ${what}.`);
export const badInput = (message: string): GraphQLError => withCode('BAD_USER_INPUT', message);
/** The process stops: another one will answer. */
export const unavailable = (): GraphQLError => {
  const { message, retryAfter } = new Unavailable(undefined);
  return withCode('UNAVAILABLE', message, { retryAfter });
};
/** A command's refusal that is no answer to show but an error. */
export const refusedOutright = (refusal: { code: 'NOT_FOUND' | 'FORBIDDEN'; message: string }): GraphQLError =>
  withCode(refusal.code, refusal.message);
/** `oldest` is a cursor of the same stream from which it can still be followed. */
export const cursorExpired = (oldest: string): GraphQLError =>
  withCode('CURSOR_EXPIRED', 'What followed this cursor is not kept any more. Read anew, and go on from there.', {
    oldest,
  });

const isKnown = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCodes, code);

/**
 * What a client may learn of an error. A bug becomes INTERNAL_SERVER_ERROR and says nothing; its `originalError` keeps
 * what happened, for the log, and is not sent.
 */
export function maskError(error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) return told(error, {});
  if (isKnown(error.extensions['code'])) return error;
  const place = placeOf(error);
  const cause = error.originalError ?? error;
  if (!(cause instanceof GraphQLError)) return told(cause, place);
  const code = ofRequest(cause, error.path);
  if (code === null) return told(cause, place);
  return new GraphQLError(error.message, { ...place, extensions: { ...error.extensions, code } });
}

type Place = Pick<GraphQLErrorOptions, 'nodes' | 'source' | 'positions' | 'path'>;

const placeOf = (error: GraphQLError): Place => ({
  nodes: error.nodes ?? null,
  source: error.source ?? null,
  positions: error.positions ?? null,
  path: error.path ?? null,
});

function told(cause: unknown, place: Place): GraphQLError {
  const { message, extensions } = meaningOf(cause);
  return new GraphQLError(message, { ...place, originalError: asError(cause), extensions });
}

function meaningOf(cause: unknown): { message: string; extensions: GraphQLErrorExtensions } {
  if (cause instanceof CursorInvalid) {
    const message = 'This is no cursor of this stream.';
    return { message, extensions: { code: 'CURSOR_INVALID' satisfies ErrorCode } };
  }
  if (cause instanceof CursorExpired) {
    const message = 'What followed this cursor is not kept any more. Read anew, and go on from there.';
    return { message, extensions: { code: 'CURSOR_EXPIRED' satisfies ErrorCode } };
  }
  if (cause instanceof Unavailable || isAway(cause)) {
    const { message, retryAfter } = cause instanceof Unavailable ? cause : new Unavailable(cause);
    return { message, extensions: { code: 'UNAVAILABLE' satisfies ErrorCode, retryAfter } };
  }
  return { message: 'Something went wrong.', extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode } };
}

/** The code of an error that GraphQL itself found in a request; null where it found one in our answer. */
function ofRequest(error: GraphQLError, path: GraphQLError['path']): ErrorCode | null {
  if (
    /^(Argument|Variable) "/.test(error.message) &&
    /not provided|not be null|invalid value|runtime value/.test(error.message)
  ) {
    return 'BAD_USER_INPUT';
  }
  if (path !== undefined) return null;
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  // What the transport refuses, as a GET with a mutation, says its HTTP status and no code of ours.
  return error.extensions['http'] === undefined && error.nodes ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT';
}

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));
