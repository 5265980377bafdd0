/** Fails when schema.graphql is not what the code serves; with `--write` it is written anew. */

import { readFileSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../../src/schema/schema.ts';

const file = new URL('../../schema.graphql', import.meta.url);
const served = `${printSchema(lexicographicSortSchema(schema))}\n`;

if (process.argv.includes('--write')) {
  writeFileSync(file, served);
} else if (readFileSync(file, 'utf8') !== served) {
  console.error('schema.graphql is not what the code serves: run `npm run schema`.');
  process.exitCode = 1;
}
