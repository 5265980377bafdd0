/** Sessions: a back end ends those of a user. */

import { builder } from './builder.ts';
import { decodeId } from './ids.ts';
import { addMutation, idempotencyKey } from './mutation.ts';

const RevokeSessionsInput = builder.inputType('RevokeSessionsInput', {
  description: 'Whose.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The id of a User, else NOT_FOUND.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'revokeSessions',
  description:
    "For services: within a second all of the user's sockets are closed with 4403 and its streams end with UNAUTHENTICATED, on all " +
    'processes. Tokens issued before (by `iat`, in whole seconds; without it: all) are refused from then on.',
  input: RevokeSessionsInput,
  about: 'user',
  refusals: [],
  decode: (input) => ({ ...input, userId: decodeId('User', input.userId) }),
});
