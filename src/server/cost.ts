/** How much an operation may ask for at most, told from its document and variables before anything is read. */

import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, GraphQLError, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';
import { badInput } from '../schema/errors.ts';
import type { Counting } from '../schema/weight.ts';
import type { Operation } from './operation.ts';

/** Room for a full page of orders, each with a full page of bids with all that they have. */
export const mostCost = 350_000;

/** Of operations that are cheap whatever their variables say, which are nearly all. */
const cheap = new WeakSet<OperationDefinitionNode>();

/**
 * Null for what may be executed; BAD_USER_INPUT, with the cost and the most there may be, for what asks for too much.
 * Throws what GraphQL says of variables and arguments that are not what they should be: their cost cannot be told.
 */
export function tooCostly({ schema, document, operationName, variableValues }: Operation): GraphQLError | null {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root || cheap.has(operation)) return null;
  const asked = alone(operation, document);
  const costOf = (ctx: Counting) => count(asked, { schema, ctx, variables: variableValues ?? {} });
  const varies = (operation.variableDefinitions ?? []).length > 0;
  if (costOf({ root, fullPages: varies }) <= mostCost) {
    cheap.add(operation);
    return null;
  }
  const cost = costOf({ root, fullPages: false });
  if (cost <= mostCost) return null;
  const refused = badInput(`This costs ${cost}, and ${mostCost} is the most: ask for less, or for smaller pages.`);
  return new GraphQLError(refused.message, { extensions: { ...refused.extensions, cost, most: mostCost } });
}

/** Without the document's other operations: the first in it is the one that is counted. */
const alone = (operation: OperationDefinitionNode, { definitions }: DocumentNode): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: [operation, ...definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)],
});

/** What is more than can be told is the most that can be. */
function count(...[document, options]: Parameters<typeof complexityFromQuery>): number {
  try {
    const { complexity } = complexityFromQuery(document, options);
    return Number.isSafeInteger(complexity) ? complexity : Number.MAX_SAFE_INTEGER;
  } catch (error) {
    // Fragments within fragments may be nested so deeply that reading them takes more stack than there is.
    if (error instanceof RangeError) return Number.MAX_SAFE_INTEGER;
    throw error;
  }
}
