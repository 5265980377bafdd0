/** Runs every `check:…` script of package.json and tells which promise each keeps; all of them, also after one failed. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const promises: Record<string, string> = {
  'check:format': 'the code looks the same everywhere',
  'check:lint': 'no promise floats, no case is forgotten, no import goes round in a circle',
  'check:types': 'the types agree',
  'check:bench': 'the types of the benchmarks agree with what they compare',
  'check:dead': 'no file, export or dependency is unused',
  'check:schema': 'schema.graphql is what the code serves',
  'check:client-types': 'the client’s types fit schema.graphql',
  'check:migrations': 'the migrations make the tables that the code expects',
  'check:environment': '.env.example has every variable that is read',
  'check:codes': 'docs/delivery.md has every code, with what it means',
  'check:promises': 'every promise of docs/delivery.md is held by tests that are there',
};

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};

let passed = 0;
let failed = 0;
for (const name of Object.keys(scripts).filter((script) => script.startsWith('check:'))) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', name], { encoding: 'utf8' });
  const kept = status === 0;
  console.log(`${kept ? '✓' : '✗'} ${promises[name] ?? name}`);
  if (kept) passed += 1;
  else {
    failed += 1;
    console.log(`${stdout}${stderr}\n  npm run ${name}\n`);
  }
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
