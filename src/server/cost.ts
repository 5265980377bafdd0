/** How much an operation may ask for at most, told from its document and variables before anything is read. */

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { badInput } from '../schema/errors.ts';
import { pageSize } from '../schema/pages.ts';
import type { Operation } from './operation.ts';

/** Values in an answer: room for a full page of orders, each with a full page of bids with all that they have. */
export const mostCost = 250_000;

/** What a root field costs besides: a statement, or a command. */
const rootField = 500;

/** Of operations that are cheap whatever their variables say, which are nearly all. */
const cheap = new WeakSet<OperationDefinitionNode>();

/** Null for what may be executed; BAD_USER_INPUT, with the cost and the most there may be, for what asks for too much. */
export function tooCostly({ schema, document, operationName, variableValues }: Operation): GraphQLError | null {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root || cheap.has(operation)) return null;
  const costOf = (sizeOf: SizeOf) =>
    count(document, { operation, root, typeNamed: (name) => schema.getType(name), sizeOf });
  if (costOf(largest) <= mostCost) {
    cheap.add(operation);
    return null;
  }
  const cost = costOf(sizeWith(operation, variableValues ?? {}));
  if (cost <= mostCost) return null;
  const refused = badInput(
    `This may answer ${cost} values, and ${mostCost} is the most: ask for less, or for smaller pages.`,
  );
  return new GraphQLError(refused.message, { extensions: { ...refused.extensions, cost, most: mostCost } });
}

/** How many rows an argument asks for; null where it does not say. */
type SizeOf = (value: ValueNode | undefined) => number | null;

/** More than a page is refused elsewhere. */
const upToPage = (rows: number): number => Math.min(Math.max(rows, 0), pageSize.most);

/** Whatever the variables say. */
const largest: SizeOf = (value) => {
  if (value?.kind === Kind.VARIABLE) return pageSize.most;
  if (value?.kind === Kind.INT) return upToPage(Number(value.value));
  return value?.kind === Kind.LIST ? upToPage(value.values.length) : null;
};

function sizeWith(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): SizeOf {
  return (value) => {
    if (value?.kind !== Kind.VARIABLE) return largest(value);
    const name = value.name.value;
    if (!Object.hasOwn(variables, name)) {
      return largest(operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue);
    }
    const given = variables[name];
    if (Array.isArray(given)) return upToPage(given.length);
    return typeof given === 'number' ? upToPage(given) : null;
  };
}

type Countable = {
  operation: OperationDefinitionNode;
  root: GraphQLNamedType;
  typeNamed: (name: string) => GraphQLNamedType | undefined;
  sizeOf: SizeOf;
};

/** Fragments are counted once for each number of rows, however often they are spread. */
function count({ definitions }: DocumentNode, { operation, root, typeNamed, sizeOf }: Countable): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const counted = new Map<string, number>();

  /** `rows`: of the list in it, if it is a connection's. */
  function ofSet({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, rows: number): number {
    let sum = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        sum += ofField(selection, type, rows);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = selection.typeCondition ? typeNamed(selection.typeCondition.name.value) : type;
        sum += ofSet(selection.selectionSet, narrowed, rows);
      } else {
        sum += ofFragment(selection.name.value, rows);
      }
    }
    return sum;
  }

  function ofFragment(name: string, rows: number): number {
    const key = `${name} ${rows}`;
    const known = counted.get(key);
    const fragment = fragments.get(name);
    if (known !== undefined || !fragment) return known ?? 0;
    const sum = ofSet(fragment.selectionSet, typeNamed(fragment.typeCondition.name.value), rows);
    counted.set(key, sum);
    return sum;
  }

  function ofField(field: FieldNode, type: GraphQLNamedType | undefined, rows: number): number {
    const isKnown = isObjectType(type) || isInterfaceType(type);
    const definition = isKnown ? type.getFields()[field.name.value] : undefined;
    // __typename; and introspection, whose depth GraphQL limits itself.
    if (!definition) return 1;
    const own = type === root ? rootField : 1;
    if (!field.selectionSet) return own;
    const asked = rowsAskedBy(field, definition);
    const times = isListType(getNullableType(definition.type)) ? (asked ?? rows) : 1;
    return own + times * ofSet(field.selectionSet, getNamedType(definition.type), asked ?? 1);
  }

  /** Null for what is no list of the client's choice. */
  function rowsAskedBy({ arguments: given }: FieldNode, { args }: GraphQLField<unknown, unknown>): number | null {
    const takes = (name: string) => args.some((argument) => argument.name === name);
    const sizes = ['ids', 'first', 'last'].flatMap(
      (name) => sizeOf(given?.find((argument) => argument.name.value === name)?.value) ?? [],
    );
    if (takes('ids') || takes('first')) return sizes.length > 0 ? Math.max(...sizes) : pageSize.unsaid;
    return null;
  }

  return ofSet(operation.selectionSet, root, 1);
}
