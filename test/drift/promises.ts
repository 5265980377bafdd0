/** Fails when docs/delivery.md promises something without a test, or names a test that is not there by that title. */

import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const promised = read('docs/delivery.md').split('## What is promised')[1]?.split('\n## ')[0] ?? '';
const promises = promised.split(/^(?=\d+\. )/m).slice(1);
const problems: string[] = [];

/** As a title stands in code: between quotes, apart from what has to be escaped there. */
const has = (text: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => text.replaceAll(`\\${quote}`, quote).includes(`${quote}${title}${quote}`));

for (const [nth, promise] of promises.entries()) {
  const number = nth + 1;
  if (!promise.startsWith(`${number}. `))
    problems.push(`Promise ${number} has another number: ${promise.slice(0, 40)} …`);
  const lines = promise.match(/^ +- .*$/gm) ?? [];
  if (lines.length === 0) problems.push(`Promise ${number} names no test.`);
  for (const line of lines) {
    const [, path, title] = /^ +- `(test\/[^`]+\.ts)` “(.+)”$/.exec(line) ?? [];
    if (path === undefined || title === undefined) problems.push(`Promise ${number}: not a file and a title:${line}`);
    else if (!existsSync(new URL(path, root))) problems.push(`Promise ${number}: ${path} is not there.`);
    else if (!has(read(path), title)) problems.push(`Promise ${number}: ${path} has no test “${title}”.`);
  }
}
if (promises.length === 0) problems.push('docs/delivery.md promises nothing.');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
