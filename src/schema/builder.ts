/** The builder that all types of the schema are made with. */

import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import type { Context } from './context.ts';
import { encodeId } from './ids.ts';
import { pageSize } from './pages.ts';
import { weight } from './weight.ts';

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date | string };
    Decimal: { Input: string; Output: string };
    CurrencyCode: { Input: string; Output: string };
    Cursor: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  plugins: [RelayPlugin, ComplexityPlugin],
  // Asked for before anything is executed, not by each root field.
  complexity: { disabled: true, fieldComplexity: weight },
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    encodeGlobalID: encodeId,
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Whatever has an id of its own. `Query.node` finds it again.' },
    idFieldOptions: { description: 'Opaque and random; the same for everybody who may see it.' },
    pageInfoTypeOptions: { description: 'What there is around a page.' },
    hasNextPageFieldOptions: { description: 'Whether there is more after `endCursor`.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before `startCursor`.' },
    startCursorFieldOptions: { description: "The first row's cursor; null for an empty page." },
    endCursorFieldOptions: { description: "The last row's cursor; null for an empty page." },
    edgesFieldOptions: { description: 'The rows of this page.', nullable: false },
    pageInfoFieldOptions: { description: 'What there is around this page.' },
    nodeFieldOptions: { description: 'What stands in this row.', nullable: false },
    cursorFieldOptions: {
      description: "This row's place in the list, for `after` and `before` of the same list; not for subscriptions.",
    },
    firstArgOptions: {
      description: `How many from the start: ${pageSize.unsaid} if unsaid, ${pageSize.most} at most (else BAD_USER_INPUT). Not together with \`last\`.`,
    },
    afterArgOptions: {
      description: "Only what comes after this row: an edge's cursor of the same list, else BAD_USER_INPUT.",
    },
    lastArgOptions: { description: `How many from the end, ${pageSize.most} at most. Not together with \`first\`.` },
    beforeArgOptions: { description: "Only what comes before this row: an edge's cursor of the same list." },
  },
});

builder.queryType({
  description:
    'Everything that can be read. Each field says whom it answers. What costs more than 350,000 is refused with ' +
    'BAD_USER_INPUT, `cost` and `most`: a field is 1, a root field 500, and what is in a page counts for each of its rows.',
});
builder.mutationType({
  description:
    'Each takes one input and answers a union: its payload, or a refusal (always select `... on Refusal { code message }`). ' +
    "Nullable: one's error leaves the others' answers.",
});
builder.subscriptionType({
  description:
    "With `orderId` the stream of that order; without it the viewer's own, on all its orders (not for services). " +
    '`after`: go on behind that cursor, with nothing in between lost or repeated; without it: from now on. The customer gets all ' +
    'of its order, its own doing too; a service of any order; vendors as each field says. A cursor of another stream: ' +
    'CURSOR_INVALID; one older than what is kept: CURSOR_EXPIRED. Refused, or ended by loss of rights: one result with ' +
    'errors, then complete.',
});
