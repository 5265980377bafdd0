/** What a field adds to the cost of an operation, and how often what is selected in it counts. */

import type { GraphQLField, GraphQLObjectType } from 'graphql';
import { pageSize } from './pages.ts';

/** What costs are counted with. `fullPages`: as if each page were as large as can be. */
export type Counting = { root: GraphQLObjectType; fullPages: boolean };

/** What a root field costs: a statement, or a command. */
const rootField = 500;

export function weight(args: Record<string, unknown>, counting: object, field: GraphQLField<unknown, never>) {
  const { root, fullPages } = counting as Counting;
  return {
    field: root.getFields()[field.name] === field ? rootField : 1,
    multiplier: field.args.some(({ name }) => name === 'first' || name === 'ids') ? rows(args, fullPages) : 1,
  };
}

/** More than a page is refused elsewhere, and so are both `first` and `last`. */
function rows({ ids, first, last }: Record<string, unknown>, fullPages: boolean): number {
  if (fullPages) return pageSize.most;
  const asked = Array.isArray(ids) ? ids.length : Number(first ?? last ?? pageSize.unsaid);
  return Math.min(Math.max(asked, 0), pageSize.most);
}
