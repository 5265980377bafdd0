/** Finds a redis-server: on the path, or Debian's, unpacked into a cache folder without installing anything. */

import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type RedisProgram = { command: string; env: NodeJS.ProcessEnv };

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache', import.meta.url));

export async function findRedis(): Promise<RedisProgram> {
  for (const command of ['redis-server', 'valkey-server']) {
    if (await answers({ command, env: {} })) return { command, env: {} };
  }
  const folder = join(cache, `redis-${process.arch}`);
  const cached = await unpacked(folder);
  if (cached && (await answers(cached))) return cached;
  try {
    await fetchInto(folder);
    const fetched = await unpacked(folder);
    if (fetched && (await answers(fetched))) return fetched;
    throw new Error('it does not run on this machine');
  } catch (error) {
    throw new Error(
      'The tests need a Redis: install redis-server (or valkey-server), or set REDIS_URL. ' +
        `Fetching Debian's package did not work either: ${reason(error)}`,
      { cause: error },
    );
  }
}

/** A program's last line says what was wrong. */
function reason(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return stderr?.trim().split('\n').at(-1) ?? message;
}

const answers = ({ command, env }: RedisProgram): Promise<boolean> =>
  run(command, ['--version'], { env: { ...process.env, ...env } }).then(
    () => true,
    () => false,
  );

/** The program in a folder made by `fetchInto`, with the path to the libraries that came along. */
async function unpacked(folder: string): Promise<RedisProgram | null> {
  const command = join(folder, 'usr/bin/redis-server');
  try {
    await access(command);
    const lib = join(folder, 'usr/lib');
    const libraries = (await readdir(lib, { recursive: true })).filter((name) => /\.so(\.|$)/.test(name));
    const path = [...new Set(libraries.map((name) => join(lib, dirname(name))))].join(':');
    return { command, env: { LD_LIBRARY_PATH: path } };
  } catch {
    return null;
  }
}

/** redis-server is the same program as redis-check-rdb, which Debian has in redis-tools. Made aside, then moved. */
async function fetchInto(folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(`${folder}.making-`);
  try {
    await download(making);
    for (const name of await readdir(making)) {
      if (name.endsWith('.deb')) await run('dpkg', ['-x', name, join(making, 'root')], { cwd: making });
    }
    await symlink('redis-check-rdb', join(making, 'root/usr/bin/redis-server'));
    await rm(folder, { recursive: true, force: true });
    await rename(join(making, 'root'), folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** With the machine's list of packages; where there is none, or an old one, with a list of our own. */
async function download(folder: string): Promise<void> {
  const words = ['download', 'redis-tools', 'libjemalloc2', 'liblzf1'];
  const plain = await run('apt-get', words, { cwd: folder }).catch((error: unknown) => error as Error);
  if (!(plain instanceof Error)) return;
  const places = { 'Dir::State': 'state', 'Dir::Cache': 'cache' };
  const own = Object.entries(places).flatMap(([name, place]) => ['-o', `${name}=${join(folder, place)}`]);
  await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  own.push('-o', 'Dir::State::status=/var/lib/dpkg/status');
  await run('apt-get', [...own, 'update'], { cwd: folder });
  await run('apt-get', [...own, ...words], { cwd: folder });
}
