/** Whether an operation asks for a cursor anywhere: found out once for each. */

import { BREAK, type GraphQLResolveInfo, type OperationDefinitionNode, visit } from 'graphql';

const known = new WeakMap<OperationDefinitionNode, boolean>();

export type Asked = Pick<GraphQLResolveInfo, 'operation' | 'fragments'>;

/** Fragments count that it does not use, too. */
export function asksForCursor({ operation, fragments }: Asked): boolean {
  const told = known.get(operation);
  if (told !== undefined) return told;
  let asks = false;
  for (const node of [operation, ...Object.values(fragments)]) {
    visit(node, {
      Field({ name }) {
        asks ||= name.value === 'cursor';
        return asks ? BREAK : undefined;
      },
    });
  }
  known.set(operation, asks);
  return asks;
}
