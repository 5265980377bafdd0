/** Holds who may import whom. ARCHITECTURE.md has the same table for readers; change both together. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each room of src may import besides itself; a room is a folder, or a file that stands alone. */
const mayImport: Record<string, readonly string[] | 'anything'> = {
  domain: [],
  db: ['domain', 'log'],
  auth: ['domain'],
  pubsub: ['domain', 'log', 'metrics'],
  notify: ['domain', 'log', 'metrics'],
  commands: ['domain', 'db', 'auth'],
  jobs: ['domain', 'db', 'commands', 'pubsub', 'notify', 'lifecycle', 'log', 'metrics'],
  schema: ['domain', 'db', 'commands', 'pubsub', 'auth'],
  server: ['schema', 'auth', 'pubsub', 'lifecycle', 'log', 'metrics'],
  config: ['domain', 'log', 'development-secret'],
  'development-secret': ['log'],
  lifecycle: ['log'],
  metrics: [],
  log: [],
  main: 'anything',
  cli: 'anything',
};

/** Packages that stay in their rooms. */
const packages: { package: RegExp; rooms: readonly string[] }[] = [
  { package: /^(drizzle-orm|postgres)(\/|$)/, rooms: ['db'] },
  { package: /^(ioredis|graphql-redis-subscriptions)(\/|$)/, rooms: ['pubsub'] },
  { package: /^(nodemailer|standardwebhooks)(\/|$)/, rooms: ['notify'] },
  { package: /^prom-client(\/|$)/, rooms: ['metrics'] },
  { package: /^(graphql|@pothos\/.+)(\/|$)/, rooms: ['schema', 'server'] },
];

type Import = { file: string; to: string };

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name));

const textOf = (file: string): string =>
  readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** Every import and export from elsewhere, also of types and at run time. Relative ones as paths from the root. */
function importsOf(file: string): Import[] {
  const text = textOf(file);
  const statements = /^\s*(?:import|export)\b[^'"`;=]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map((match) => {
    const to = match[1] ?? match[2] ?? '';
    return { file, to: to.startsWith('.') ? normalize(join(dirname(file), to)) : to };
  });
}

/** `db` for src/db/orders.ts, `log` for src/log.ts; null outside of src. */
function roomOf(path: string): string | null {
  const [top, room] = path.split('/');
  return top === 'src' && room !== undefined ? room.replace(/\.ts$/, '') : null;
}

const sources = filesIn('src');
const imports = sources.flatMap(importsOf);
const told = (wrong: Import[]): string[] => wrong.map(({ file, to }) => `${file} → ${to}`);

test('every room stands in the table', () => {
  const unknown = sources.filter((file) => !((roomOf(file) ?? '') in mayImport));
  expect(unknown).toEqual([]);
});

test('rooms import only the rooms below them', () => {
  const wrong = imports.filter(({ file, to }) => {
    const from = roomOf(file) ?? '';
    const allowed = mayImport[from];
    const target = roomOf(to);
    if (target === null || allowed === 'anything') return false;
    return target !== from && !allowed?.includes(target);
  });
  expect(told(wrong)).toEqual([]);
});

test('nothing in src imports from outside of it but packages', () => {
  const folders = new Set(['client', 'test', 'examples', 'bench']);
  expect(told(imports.filter(({ to }) => folders.has(to.split('/')[0] ?? '') || to.startsWith('..')))).toEqual([]);
});

test('the domain imports nothing from outside, no package either', () => {
  expect(told(imports.filter(({ file, to }) => roomOf(file) === 'domain' && roomOf(to) === null))).toEqual([]);
});

test('packages stay in their rooms', () => {
  const wrong = imports.filter(({ file, to }) =>
    packages.some((rule) => rule.package.test(to) && !rule.rooms.includes(roomOf(file) ?? '')),
  );
  expect(told(wrong)).toEqual([]);
});

test('only the configuration reads the environment', () => {
  const readers = sources.filter((file) => /\bprocess\s*\.\s*env\b|\bprocess\[['"]env/.test(textOf(file)));
  expect(readers).toEqual([join('src', 'config.ts')]);
});

test('the client and the demo know nothing of the server’s code', () => {
  const wrong = ['client', 'examples']
    .flatMap(filesIn)
    .flatMap(importsOf)
    .filter(({ to }) => roomOf(to) !== null);
  expect(told(wrong)).toEqual([]);
});
