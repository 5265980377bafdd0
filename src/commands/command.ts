/** What a command is: what somebody can do, what its rule reads, and how it is decided. */

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { mayUse } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Wanted } from '../db/books.ts';
import type { About, AboutOrder, Book, Decision } from '../domain/book.ts';
import type { Issue, Refusal } from '../domain/refusals.ts';
import type { Snapshot } from './snapshots.ts';

/**
 * What a command's caller gets: what it was about, with its order as the commit left it, or why not. No snapshot: it has
 * to be read.
 */
export type Outcome<A extends About = About> = { done: A; snapshot?: Snapshot } | { refused: Refusal };

/** What one command reads; `Wanted` is the same for a whole batch. */
export type Reads = { [K in Exclude<keyof Wanted, 'running' | 'keys'>]?: Wanted[K] } & {
  /** Whether all bids still in the running are read as well. */
  running?: boolean;
};

/** The mutations that are commands. */
export type Mutation = Extract<
  keyof typeof mayUse,
  | 'createOrder'
  | 'cancelOrder'
  | 'placeBid'
  | 'withdrawBid'
  | 'requestNegotiation'
  | 'confirmBid'
  | 'acceptConfirmation'
  | 'declineConfirmation'
  | 'revokeSessions'
  | 'notify'
  | 'notifyAll'
  | 'setPreferences'
  | 'setContact'
  | 'retryDelivery'
>;

/** One thing that somebody can do. `decide` is asked again, with a fresh book, when the order has moved meanwhile. */
export type Command<Input, A extends About = AboutOrder> = {
  mutation: Mutation;
  input: z.ZodType<Input>;
  reads: (input: Input, viewer: Viewer) => Reads;
  decide: (books: Found, input: Input, viewer: Viewer, now: Date) => Decision<A>;
};

/** Looks up what was read. */
export type Found = {
  order: (id: string) => Book | undefined;
  ofBid: (bidId: string) => Book | undefined;
  /** Whether there is such a user. */
  user: (id: string) => boolean;
  /** How long a closed order can be confirmed, in milliseconds. */
  confirmWithin: number;
  /** The id of a user, by its id in the host application. */
  recipient: (externalId: string) => string | undefined;
};

/** A command on its way: parsed, by whom, and not decided yet. */
export type Task = {
  reads: Reads;
  key: { viewerId: string; mutation: string; key: string; input: string } | null;
  decide: (books: Found, now: Date) => Decision<About>;
};

/** What came in as the command takes it, if the viewer's role may; or what is wrong with it. */
export function admitted<Input>(
  { mutation, input }: { mutation: Mutation; input: z.ZodType<Input> },
  viewer: Viewer,
  raw: unknown,
): { input: Input } | { refused: Refusal } {
  if (!(mayUse[mutation] as readonly string[]).includes(viewer.role)) {
    return { refused: { code: 'FORBIDDEN', message: `${mutation} is not for a ${viewer.role.toLowerCase()}.` } };
  }
  const parsed = input.safeParse(raw);
  if (parsed.success) return { input: parsed.data };
  return { refused: { code: 'INVALID_INPUT', issues: issuesOf(parsed.error) } };
}

/** Parses what came in and makes a task of it, or says what is wrong with it. */
export function taskOf<Input extends { idempotencyKey: string | null }>(
  command: Command<Input, About>,
  viewer: Viewer,
  raw: unknown,
): { task: Task } | { refused: Refusal } {
  const taken = admitted(command, viewer, raw);
  if ('refused' in taken) return taken;
  const { input } = taken;
  const { idempotencyKey: key, ...rest } = input;
  return {
    task: {
      reads: command.reads(input, viewer),
      key: key !== null ? { viewerId: viewer.id, mutation: command.mutation, key, input: digest(rest) } : null,
      decide: (books, now) => command.decide(books, input, viewer, now),
    },
  };
}

/** What is wrong with what came in; `at` is where that lies within the whole input. */
export const issuesOf = (error: z.ZodError, at: string[] = []): Issue[] =>
  error.issues.map(({ path, message }) => ({ path: [...at, ...path.map(String)], message }));

/** Equal for equal inputs: what was parsed, in the schema's order of fields. */
const digest = (input: unknown): string => createHash('sha256').update(JSON.stringify(input)).digest('hex');
