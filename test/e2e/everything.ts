/** Writes documents that ask for every field there is, by what the server's own introspection tells. */

import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isAbstractType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { read } from './documents.ts';
import type { Where } from './outside.ts';

export async function servedSchema(where: Where): Promise<GraphQLSchema> {
  return buildClientSchema((await read(where, null, getIntrospectionQuery())) as IntrospectionQuery);
}

/** All fields of a type, so many objects deep; aliased by their type, since unions have fields of one name and two types. */
export function everyField(schema: GraphQLSchema, typeName: string, depth: number): string {
  const type = schema.getType(typeName);
  if (isAbstractType(type)) {
    const parts = schema.getPossibleTypes(type).map(({ name }) => `... on ${name} ${everyField(schema, name, depth)}`);
    return `{ __typename ${parts.join(' ')} }`;
  }
  if (!isObjectType(type)) throw new Error(`${typeName} has no fields.`);
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const of = getNamedType(field.type);
    const call = `${typeName}_${field.name}: ${field.name}${pageOf(field)}`;
    if (isLeafType(of)) return [call];
    return depth > 0 ? [`${call} ${everyField(schema, of.name, depth - 1)}`] : [];
  });
  return `{ __typename ${parts.join(' ')} }`;
}

const pageOf = (field: GraphQLField<unknown, unknown>): string =>
  field.args.some(({ name }) => name === 'first') ? '(first: 100)' : '';

/** A root field with all that is below it; `args` as they stand in the document. */
export function wholeOf(
  schema: GraphQLSchema,
  root: 'Query' | 'Mutation' | 'Subscription',
  name: string,
  args: string,
  depth: number,
): string {
  const type = schema.getType(root);
  const field = isObjectType(type) ? type.getFields()[name] : undefined;
  if (!field) throw new Error(`${root} has no ${name}.`);
  const of = getNamedType(field.type);
  return `${name}${args && `(${args})`} ${isLeafType(of) ? '' : everyField(schema, of.name, depth)}`;
}
