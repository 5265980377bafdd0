/** What goes wrong outside of a mutation's answer: each error with the stable code in `extensions.code`. */

import { GraphQLError, type GraphQLErrorExtensions, type GraphQLErrorOptions } from 'graphql';
import { Unavailable } from '../commands/unavailable.ts';
import { isAway } from '../db/away.ts';
import { CursorExpired, CursorInvalid } from '../pubsub/cursor.ts';

export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CURSOR_INVALID',
  'CURSOR_EXPIRED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

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

const isKnown = (code: unknown): code is ErrorCode => (errorCodes as readonly unknown[]).includes(code);

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
