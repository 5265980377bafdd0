/** A back end ends all sessions of a user; tokens issued before are refused from then on. */

import { z } from 'zod';
import type { AboutUser } from '../domain/book.ts';
import { revokeSessions as decide } from '../domain/sessions.ts';
import type { Command } from './command.ts';
import { onUser } from './found.ts';
import { id, idempotencyKey } from './inputs.ts';

const input = z.object({ userId: id, idempotencyKey });

export const revokeSessions: Command<z.infer<typeof input>, AboutUser> = {
  mutation: 'revokeSessions',
  input,
  reads: ({ userId }) => ({ users: [userId] }),
  decide: (found, { userId }, _, now) => onUser(found, userId, () => decide(userId, now)),
};
