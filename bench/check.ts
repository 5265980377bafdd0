/** npm run check:bench: the types of this folder, which need its own packages. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './installed.ts';

ensureInstalled();
const { status } = spawnSync('tsc', ['-p', fileURLToPath(new URL('.', import.meta.url))], { stdio: 'inherit' });
process.exitCode = status ?? 1;
