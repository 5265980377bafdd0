/** Fails when the tables differ from what the migrations make, or when migrations contradict each other. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dialect = ['--dialect', 'postgresql'];

const kit = (...words: string[]): string =>
  execFileSync(join(root, 'node_modules/.bin/drizzle-kit'), words, { cwd: root, encoding: 'utf8' });

kit('check', ...dialect, '--out', 'drizzle');

// drizzle-kit takes no absolute folder, so the copy lies within the repository.
mkdirSync(join(root, '.cache'), { recursive: true });
const copy = mkdtempSync(join(root, '.cache/migrations-'));
try {
  cpSync(join(root, 'drizzle'), copy, { recursive: true });
  const said = kit('generate', ...dialect, '--schema', './src/db/tables.ts', '--out', relative(root, copy));
  // Where a column may have been given another name it asks, and ends as if all were well: nothing else says enough.
  if (!said.includes('No schema changes')) {
    console.error(`${said}\nThe tables have changed: run \`npx drizzle-kit generate --name what-changes\`.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
