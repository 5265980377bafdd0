/** Fails when the tables of codes in docs/delivery.md are not those of the program. `--write` writes them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { errorCodes } from '../../src/schema/errors.ts';
import { closeCodes } from '../../src/server/close-codes.ts';

const file = new URL('../../docs/delivery.md', import.meta.url);
const [first, last] = ['<!-- codes: written by `npm run docs` -->', '<!-- /codes -->'];

const yes = (is: boolean): string => (is ? 'yes' : 'no');
const table = (rows: readonly (readonly string[])[]): string => rows.map((row) => `| ${row.join(' | ')} |`).join('\n');

const wanted = `${first}

A socket is closed with one of these. "Retry": clients of graphql-ws come back by themselves.

${table([
  ['code', 'reason', 'meaning', 'at fault', 'retry'],
  ['---', '---', '---', '---', '---'],
  ...Object.values(closeCodes)
    .sort((one, other) => one.code - other.code)
    .map(({ code, reason, meaning, fault, retried }) => [String(code), reason, meaning, fault, yes(retried)]),
])}

An error has one of these as \`extensions.code\`. "Retry": the same request may succeed later, as it is.

${table([
  ['code', 'meaning', 'at fault', 'retry'],
  ['---', '---', '---', '---'],
  ...Object.entries(errorCodes).map(([code, { meaning, fault, retry }]) => [code, meaning, fault, yes(retry)]),
])}

${last}`;

const text = readFileSync(file, 'utf8');
const start = text.indexOf(first);
const end = text.indexOf(last) + last.length;
if (start < 0 || end < start) throw new Error(`docs/delivery.md has no section between ${first} and ${last}.`);
const right = text.slice(0, start) + wanted + text.slice(end);
if (text !== right && process.argv.includes('--write')) {
  writeFileSync(file, right);
} else if (text !== right) {
  console.error('The codes in docs/delivery.md are not those of the program: npm run docs');
  process.exitCode = 1;
}
