/** A real PostgreSQL without installing one: from npm's packages, its data in a folder of ours, for as long as we run. */

import { resolve } from 'node:path';
import type { Log } from '../log.ts';
import { findBinaries } from './embedded/binaries.ts';
import { openCluster, superuser } from './embedded/cluster.ts';
import { waitUntilFree } from './embedded/occupied.ts';
import { startServer } from './embedded/server.ts';

export type Embedded = {
  /** For `openDatabase`: on a free port of 127.0.0.1, another at each start. */
  url: string;
  stop(): Promise<void>;
};

/**
 * Starts it on `dataDir`/postgres, with the data of earlier runs. A second one on the same folder, a folder of another
 * user and a machine without binaries are StartupErrors. `noSync` is for tests: faster, but a power cut loses data.
 * `onExit` is called if it ends without having been asked.
 */
export async function startEmbedded(options: {
  dataDir: string;
  log: Log;
  noSync?: boolean;
  settings?: Record<string, string>;
  onExit?: () => void;
}): Promise<Embedded> {
  const { log, noSync = false } = options;
  const binaries = await findBinaries();
  const { data, password, account } = await openCluster({ dataDir: resolve(options.dataDir), binaries, noSync });
  await waitUntilFree(data, log);
  const unsafe: Record<string, string> = noSync ? { fsync: 'off', full_page_writes: 'off' } : {};
  const settings = { ...unsafe, ...options.settings };
  const server = await startServer({ postgres: binaries.postgres, data, account, settings, log });
  let asked = false;
  server.onExit(() => {
    if (!asked) options.onExit?.();
  });
  log.info({ data, port: server.port }, 'embedded PostgreSQL is running');
  return {
    url: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/postgres`,
    stop() {
      asked = true;
      return server.stop();
    },
  };
}
