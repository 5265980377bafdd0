/** What a client is told of an error, and what the log is told of it: a bug is whole there, and says nothing outside. */

import { GraphQLError } from 'graphql';
import { KeysUnavailable } from '../auth/token.ts';
import type { Log } from '../log.ts';
import { maskError } from '../schema/errors.ts';

export type Mask = (error: unknown) => GraphQLError;

export function createMask(log: Log): Mask {
  return (error) => {
    if (error instanceof KeysUnavailable) {
      log.warn({ err: error.cause }, error.message);
      return new GraphQLError(error.message, { extensions: { code: 'UNAVAILABLE', retryAfter: 1 } });
    }
    const masked = maskError(error);
    // One that was masked before is logged already.
    if (masked !== error && masked.extensions['code'] === 'INTERNAL_SERVER_ERROR') {
      log.error({ err: masked.originalError ?? error, path: masked.path?.join('.') }, 'an operation failed');
    }
    return masked;
  };
}
