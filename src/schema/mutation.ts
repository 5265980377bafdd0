/** What all mutations have in common: one input, a command, and a union of its payload and its refusals. */

import type { InputObjectRef, ObjectFieldBuilder } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Commands } from '../commands/commands.ts';
import type { About, AboutOrder, AboutUser } from '../domain/book.ts';
import { builder } from './builder.ts';
import { type Context, viewerOf } from './context.ts';
import { refusedOutright } from './errors.ts';
import { found } from './found.ts';
import { recall } from './recall.ts';
import { Bid, Negotiation, Order, User } from './refs.ts';
import { IdempotencyKeyReused, InvalidInput, type RefusalRef, refusalType, type Told } from './refusals.ts';

type Name = Exclude<keyof Commands, 'keepTime' | 'idle' | 'decided' | 'markNotificationsRead'>;
type Done<A extends About = About> = { done: A };
type Types = typeof builder.$inferSchemaTypes;
type PayloadFields = ObjectFieldBuilder<Types, Done<AboutOrder>>;
type UserPayloadFields = ObjectFieldBuilder<Types, Done<AboutUser>>;
export type PayloadOf<A extends About> = ObjectFieldBuilder<Types, Done<A>>;

/** What was read before the command is not so any more: the answer's fields tell what the commit left, or are read anew. */
async function run(name: Name, input: object, context: Context, info: GraphQLResolveInfo): Promise<Done | Told> {
  const outcome = await context.services.commands[name](viewerOf(context), input);
  context.load.forget();
  if ('done' in outcome) {
    if (outcome.snapshot) recall(context, [outcome.snapshot], info);
    return outcome;
  }
  const { refused } = outcome;
  if (refused.code === 'NOT_FOUND' || refused.code === 'FORBIDDEN') throw refusedOutright(refused);
  return refused;
}

const orderOf = (t: PayloadFields) =>
  t.field({
    type: Order,
    description: 'The order as it is now.',
    resolve: ({ done }, _, { load }) => found(load.order(done.orderId)),
  });

const bidOf = (t: PayloadFields) =>
  t.field({
    type: Bid,
    description: 'The bid as it is now.',
    resolve: ({ done }, _, { load }) => found(load.bid(done.bidId ?? '')),
  });

const negotiationOf = (t: PayloadFields) =>
  t.field({
    type: Negotiation,
    description: 'The round as it is now.',
    resolve: ({ done }, _, { load }) => found(load.negotiation(done.negotiationId ?? '')),
  });

const userOf = (t: UserPayloadFields) =>
  t.field({
    type: User,
    description: 'The user as it is now.',
    resolve: ({ done }, _, { load }) => found(load.user(done.userId)),
  });

/** What a payload has, by what its mutation is about. */
const payloadFields = {
  order: (t: PayloadFields) => ({ order: orderOf(t) }),
  bid: (t: PayloadFields) => ({ order: orderOf(t), bid: bidOf(t) }),
  negotiation: (t: PayloadFields) => ({ order: orderOf(t), negotiation: negotiationOf(t) }),
  user: (t: UserPayloadFields) => ({ user: userOf(t) }),
};

/** `decode` makes of the input what the command takes: uuids in place of ids. */
export function addMutation<Input extends object>(options: {
  name: Name;
  description: string;
  input: InputObjectRef<Types, Input>;
  /** What its payload shows: what it is about, or fields of its own. */
  about: keyof typeof payloadFields | ((t: never) => object);
  refusals: RefusalRef[];
  /** Whether it takes an idempotency key; one that sets how something is needs none. */
  keyed?: boolean;
  decode: (input: Input) => object;
}) {
  const { name, description, input, about, refusals, keyed = true, decode } = options;
  const typeName = name.charAt(0).toUpperCase() + name.slice(1);
  const payload = builder.objectRef<Done>(`${typeName}Payload`).implement({
    description: `What \`${name}\` has done. Its fields are read after it${keyed ? ', also where an idempotency key repeats it' : ''}.`,
    // What a command is about has what its payload's fields read.
    fields: (t) => (typeof about === 'function' ? about : payloadFields[about])(t as never) as never,
  });
  const result = builder.unionType(`${typeName}Result`, {
    description: `What \`${name}\` answers: its payload, or why nothing has changed.`,
    types: [payload, InvalidInput, ...(keyed ? [IdempotencyKeyReused] : []), ...refusals] as never,
    resolveType: (value) => ('done' in (value as Done | Told) ? payload.name : refusalType(value as Told)),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: result as never,
      nullable: true,
      description,
      args: { input: t.arg({ type: input, required: true, description: 'All that it takes.' }) },
      resolve: (_, args, context, info) => run(name, decode((args as { input: Input }).input), context, info) as never,
    }),
  );
  return result;
}

/** For inputs that a mutation takes more than once. */
export const idempotencyKey = {
  required: false,
  description:
    "Of the caller's choice, 255 characters at most; per viewer and mutation, kept 24 hours: the same key and input has one effect " +
    'and one outcome, its fields read anew; a repeat waits for the first. What was refused or failed is not kept. After ' +
    'UNAVAILABLE or a lost answer it may have been done all the same: ask again with the same key, and it is done once.',
} as const;
