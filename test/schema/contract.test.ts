/** Holds the schema to the contract that outside programs are written against, and to describing itself. */

import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/schema.ts';

const contract = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));

const ownTypes = (of: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(of.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type));

const inputText = ({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string =>
  `${name}: ${type}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`;

/** Each thing that a program may rely on, as a line. */
function promisesOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isUnionType(type)) return type.getTypes().map(({ name }) => `may be ${name}`);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(inputText);
  if (!isObjectType(type) && !isInterfaceType(type)) return [`is a ${type.constructor.name}`];
  const fields = Object.values(type.getFields()).map((field) => {
    const args = field.args.map(inputText).toSorted().join(', ');
    return `${field.name}(${args}): ${field.type}`;
  });
  return [...fields, ...type.getInterfaces().map(({ name }) => `is a ${name}`)];
}

describe('the contract', () => {
  it.each(ownTypes(contract).map((type) => [type.name, type] as const))('is served in %s', (name, type) => {
    const served = schema.getType(name);
    expect(served?.constructor.name).toBe(type.constructor.name);
    expect(served ? promisesOf(served) : []).toEqual(expect.arrayContaining(promisesOf(type)));
  });

  it.each(
    ownTypes(contract)
      .filter((type) => isInputObjectType(type) || isUnionType(type))
      .map((type) => [type.name, type] as const),
  )('has no more in %s, which would be asked for or answered unexpectedly', (name, type) => {
    const served = schema.getType(name);
    expect(served && promisesOf(served).toSorted()).toEqual(promisesOf(type).toSorted());
  });
});

type Described = { description?: string | null | undefined };

function elementsOf(type: GraphQLNamedType): [string, Described][] {
  const named = (items: readonly (Described & { name: string })[], of: string): [string, Described][] =>
    items.map((item) => [`${of}.${item.name}`, item]);
  if (isEnumType(type)) return named(type.getValues(), type.name);
  if (isInputObjectType(type)) return named(Object.values(type.getFields()), type.name);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    [`${type.name}.${field.name}`, field] as [string, Described],
    ...named(field.args, `${type.name}.${field.name}`),
  ]);
}

it('describes every type, field, argument and value', () => {
  const elements = ownTypes(schema).flatMap((type) => [[type.name, type] as [string, Described], ...elementsOf(type)]);
  expect(elements.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
});
