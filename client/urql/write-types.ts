/** Writes what the documents are typed by, from schema.graphql; with `--check` says whether it still fits instead. */

import { readFileSync, writeFileSync } from 'node:fs';
import { outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema } from 'graphql';

const schema = new URL('../../schema.graphql', import.meta.url);
const types = new URL('./graphql-env.d.ts', import.meta.url);

const introspection = introspectionFromSchema(buildSchema(readFileSync(schema, 'utf8')), { descriptions: false });
const wanted = outputIntrospectionFile(introspection, {
  fileType: '.d.ts',
  shouldPreprocess: true,
  preamble: '/** The schema as types. Made from schema.graphql by client/urql/write-types.ts. */',
});

if (!process.argv.includes('--check')) {
  writeFileSync(types, wanted);
} else if (readFileSync(types, 'utf8') !== wanted) {
  console.error('client/urql/graphql-env.d.ts does not fit schema.graphql: run node client/urql/write-types.ts');
  process.exitCode = 1;
}
