/** The folder of an embedded database: made once, whole or not at all. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../../log.ts';
import { type Account, accountOf } from './account.ts';
import type { Binaries } from './binaries.ts';

export type Cluster = { data: string; password: string; account: Account };

export const superuser = 'haggle';

/**
 * Opens the cluster in a folder, making it first if it is not there. It is made beside its place and then moved there,
 * so that neither a kill in between nor a second process leaves half of one.
 */
export async function openCluster(options: { dataDir: string; binaries: Binaries; noSync: boolean }): Promise<Cluster> {
  try {
    // Passable, since another user may have to reach what is its own inside; what we keep there is 0600 and 0700.
    await mkdir(options.dataDir, { recursive: true, mode: 0o711 });
    const folder = join(await realpath(options.dataDir), 'postgres');
    if (!(await exists(join(folder, 'data')))) await makeCluster(folder, options);
    const account = accountOf(folder);
    return { data: join(folder, 'data'), password: await readFile(join(folder, 'password'), 'utf8'), account };
  } catch (error) {
    if (!isDenied(error)) throw error;
    throw new StartupError(
      `DATA_DIR (${options.dataDir}) may not be read or written by this user (${error.message}): ` +
        'run as the user it belongs to, or set DATA_DIR to a folder of your own.',
      { cause: error },
    );
  }
}

async function makeCluster(
  folder: string,
  { binaries, noSync }: { binaries: Binaries; noSync: boolean },
): Promise<void> {
  await removeAbandoned(dirname(folder));
  const making = await mkdtemp(`${folder}.making-`);
  try {
    // Anyone on the machine reaches a port on the loopback: a password only this folder knows keeps them out.
    await writeFile(join(making, 'password'), randomBytes(24).toString('base64url'), { mode: 0o600 });
    await mkdir(join(making, 'data'), { mode: 0o700 });
    await initialize(making, accountOf(making), binaries, noSync);
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    // Another process was faster: theirs is as good.
    if (!(await exists(join(folder, 'data')))) throw error;
  }
}

async function initialize(folder: string, account: Account, binaries: Binaries, noSync: boolean): Promise<void> {
  const [command = '', ...words] = [
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${join(folder, 'data')}`,
    `--username=${superuser}`,
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
    // The same order and letters on every machine, without the machine's or ICU's locales.
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(noSync ? ['--no-sync'] : []),
  ];
  const made = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', ...account.identity });
  let complaint = '';
  made.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = (await once(made, 'close')) as [number | null];
  if (code === 0) return;
  const { uid } = account.identity;
  const hint =
    uid === undefined ? '' : ` as uid ${uid}, since it refuses root (that user has to reach this folder and npm's)`;
  throw new StartupError(`The embedded PostgreSQL could not make its folder ${folder}${hint}:\n${complaint.trim()}`);
}

/** A kill while one was made leaves it lying there, and no run takes that long. */
async function removeAbandoned(dataDir: string): Promise<void> {
  const hourAgo = Date.now() - 60 * 60 * 1000;
  for (const name of await readdir(dataDir)) {
    const path = join(dataDir, name);
    if (!name.startsWith('postgres.making-') || (await stat(path)).mtimeMs > hourAgo) continue;
    await rm(path, { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

const isDenied = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
