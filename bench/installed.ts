/** The peers are packages of this folder alone: fetched when they are needed, from its own lock file. */

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const changed = (name: string): number =>
  statSync(new URL(name, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs what the lock file says, if that is not there yet. */
export function ensureInstalled(): void {
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  console.log('Fetching what is compared …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('What is compared could not be installed.');
}
