/** A back end says where a user can be reached. */

import { z } from 'zod';
import { saveEmail } from '../db/contacts.ts';
import { isEmailAddress } from '../domain/address.ts';
import type { AboutUser } from '../domain/book.ts';
import { optional, text } from './inputs.ts';
import type { Solo } from './solo.ts';

const input = z.object({
  user: text(255, 1),
  email: optional(z.string().refine(isEmailAddress, 'must be one e-mail address')),
});

export const setContact: Solo<z.infer<typeof input>, AboutUser> = {
  mutation: 'setContact',
  input,
  async perform(pool, { user, email }) {
    return { done: { userId: await saveEmail(pool, user, email) } };
  },
};
