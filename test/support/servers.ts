/** The servers that the tests run against, as handed from the global setup to every test file. */

import { inject } from 'vitest';

export type Servers = {
  /** A superuser's address of the one PostgreSQL, in a database that is always there. */
  postgresUrl: string;
  /** The database that every test file's own is copied from. */
  template: string;
  redisUrl: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    servers: Servers;
  }
}

export const servers = (): Servers => inject('servers');
