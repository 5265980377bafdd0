/** Commands that nobody is told of: each is done by itself, in no batch, and twice is as good as once. */

import type { z } from 'zod';
import type { Viewer } from '../auth/viewer.ts';
import type { Pool } from '../db/statement.ts';
import type { About } from '../domain/book.ts';
import { admitted, type Mutation, type Outcome } from './command.ts';

export type Solo<Input, A extends About> = {
  mutation: Mutation;
  input: z.ZodType<Input>;
  perform: (pool: Pool, input: Input, viewer: Viewer) => Promise<Outcome<A>>;
};

export async function performSolo<Input, A extends About>(
  command: Solo<Input, A>,
  on: { pool: Pool; viewer: Viewer },
  raw: unknown,
): Promise<Outcome<A>> {
  const { pool, viewer } = on;
  const taken = admitted(command, viewer, raw);
  return 'refused' in taken ? taken : command.perform(pool, taken.input, viewer);
}
