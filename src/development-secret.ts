/** The secret that signs tokens where none was given: random, kept under DATA_DIR, so that tokens outlive a restart. */

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from './log.ts';

export function developmentSecret(dataDir: string): string {
  const file = join(dataDir, 'auth-secret');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
    return read(file) ?? make(file);
  } catch (error) {
    throw new StartupError(
      `The secret for tokens could not be kept in ${file} (${error instanceof Error ? error.message : String(error)}): ` +
        'set AUTH_SECRET, or DATA_DIR to a folder that this user may write.',
      { cause: error },
    );
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written aside and then linked into place: of several processes that start at once, all get the secret of the first. */
function make(file: string): string {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}
