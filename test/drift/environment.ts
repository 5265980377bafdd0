/** Fails when .env.example and the variables that the configuration reads are not the same. */

import { readFileSync } from 'node:fs';
import { variables } from '../../src/config.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const shown = new Set([...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]));
const read = new Set(Object.keys(variables));

const problems = [
  ...[...read].filter((name) => !shown.has(name)).map((name) => `${name} is missing in .env.example.`),
  ...[...shown].filter((name) => !read.has(name ?? '')).map((name) => `${name} in .env.example is read by nobody.`),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
