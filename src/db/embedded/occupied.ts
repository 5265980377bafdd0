/** Whether another PostgreSQL runs on a folder: waits for one that is stopping, complains of one that stays. */

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Log, StartupError } from '../../log.ts';

/** How long one that runs may take to notice that its owner is gone, and one that stops to stop, in milliseconds. */
const patience = { ready: 1_000, stopping: 60_000 };

export async function waitUntilFree(data: string, log: Log): Promise<void> {
  const since = Date.now();
  for (let told = false; ; await delay(20)) {
    const server = runningOn(data);
    if (server === null) return;
    if (!isAlive(server.pid, data)) {
      // Left behind by a crash. PostgreSQL takes it for a running server if another program has the number now.
      await rm(join(data, 'postmaster.pid'), { force: true });
      return;
    }
    const stopping = server.status === 'stopping';
    if (Date.now() - since > (stopping ? patience.stopping : patience.ready)) throw occupied(data, server.pid);
    if (stopping && !told) log.info('waiting for the embedded PostgreSQL of the last run to stop');
    told ||= stopping;
  }
}

export const occupied = (data: string, pid?: number): StartupError =>
  new StartupError(
    `Another Haggle already uses the database in ${data}${pid === undefined ? '' : ` (PostgreSQL is process ${pid})`}: ` +
      'stop it first, or set DATA_DIR to another folder, or let both share a PostgreSQL by DATABASE_URL.',
  );

/** What postmaster.pid says: the process on its first line, since PostgreSQL 10 the status on its eighth. */
function runningOn(data: string): { pid: number; status: string } | null {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return pid > 0 ? { pid, status: lines[7]?.trim() ?? '' } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether this process exists and is that server, not another that got its number later. */
function isAlive(pid: number, data: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data);
  } catch (error) {
    // Gone in between; or no /proc on this machine, where the number has to do.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' || process.platform !== 'linux';
  }
}
