/** Reads a document and types it by the schema. */

import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './graphql-env.d.ts';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { DateTime: string; Decimal: string; CurrencyCode: string; Cursor: string; JSON: unknown };
}>();

export type { ResultOf } from 'gql.tada';
