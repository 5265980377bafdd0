/** Asks the policy before any root field does anything, by its name: none can be left out. */

import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { mayUse, type RootField } from '../auth/policy.ts';
import { type Context, viewerOf } from './context.ts';
import { forbidden } from './errors.ts';

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Refuses with UNAUTHENTICATED without a token, FORBIDDEN for another role. */
function check(name: RootField, context: Context): void {
  const allowed: 'anyone' | readonly string[] = mayUse[name];
  if (allowed === 'anyone') return;
  const { role } = viewerOf(context);
  if (!allowed.includes(role)) throw forbidden(`${name} is not for a ${role.toLowerCase()}.`);
}

const guarded =
  (name: RootField, resolve: Resolver): Resolver =>
  (source, args, context, info) => {
    check(name, context);
    return resolve(source, args, context, info);
  };

/** A subscription is asked when it starts; its events are judged by what they are about. */
export function guard(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      if (!(field.name in mayUse)) throw new Error(`The policy does not say who may use ${field.name}`);
      const name = field.name as RootField;
      if (field.subscribe) field.subscribe = guarded(name, field.subscribe);
      else field.resolve = guarded(name, field.resolve ?? defaultFieldResolver);
    }
  }
  return schema;
}
