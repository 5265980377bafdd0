/** Finds a program that tests need: on the path, or Debian's, unpacked into a cache folder without installing anything. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type Program = { command: string; env: NodeJS.ProcessEnv };

export type Wanted = {
  /** What it is called on the path; any will do. */
  commands: readonly [string, ...string[]];
  /** Words with which it ends well if it is what is wanted. */
  proof: string[];
  /** Debian's; what else they need and the machine lacks comes along. */
  packages: readonly [string, ...string[]];
  /** Of what was unpacked: where the program is, from there, and what it has to be told besides its libraries' places. */
  unpacked: { command: string; env?: (root: string, files: string[]) => NodeJS.ProcessEnv };
  /** For whoever reads that there is none. */
  missing: string;
};

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache', import.meta.url));

export async function findProgram(wanted: Wanted): Promise<Program> {
  for (const command of wanted.commands) {
    if (await works({ command, env: {} }, wanted)) return { command, env: {} };
  }
  const folder = join(cache, `${wanted.commands[0]}-${process.arch}`);
  const cached = await unpackedIn(folder, wanted);
  if (await works(cached, wanted)) return cached;
  try {
    await fetchInto(folder, wanted.packages);
    const fetched = await unpackedIn(folder, wanted);
    if (await works(fetched, wanted)) return fetched;
    throw new Error('it does not run on this machine');
  } catch (error) {
    throw new Error(`${wanted.missing} Fetching Debian's package did not work either: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** A program's last line says what was wrong. */
function reason(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return stderr?.trim().split('\n').at(-1) ?? message;
}

const works = ({ command, env }: Program, { proof }: Wanted): Promise<boolean> =>
  run(command, proof, { env: { ...process.env, ...env } }).then(
    () => true,
    () => false,
  );

/** The program in a folder made by `fetchInto`, with the path to the libraries that came along. */
async function unpackedIn(folder: string, { unpacked }: Wanted): Promise<Program> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const libraries = files.filter((name) => /(^|\/)lib[^/]*\.so(\.|$)/.test(name));
  const path = [...new Set(libraries.map((name) => join(folder, dirname(name))))].join(':');
  return {
    command: join(folder, unpacked.command),
    env: { LD_LIBRARY_PATH: path, ...unpacked.env?.(folder, files) },
  };
}

/** Made aside, then moved: another test file may be doing the same, and whoever is first is right. */
async function fetchInto(folder: string, packages: readonly string[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(`${folder}.making-`);
  try {
    await download(making, packages);
    for (const name of await readdir(making)) {
      if (name.endsWith('.deb')) await run('dpkg', ['-x', name, join(making, 'root')], { cwd: making });
    }
    await rename(join(making, 'root'), folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** With the machine's list of packages; where there is none, or an old one, with a list of our own. */
async function download(folder: string, packages: readonly string[]): Promise<void> {
  const plain = await downloadWith([], folder, packages).catch((error: unknown) => error as Error);
  if (!(plain instanceof Error)) return;
  const places = { 'Dir::State': 'state', 'Dir::Cache': 'cache' };
  const own = Object.entries(places).flatMap(([name, place]) => ['-o', `${name}=${join(folder, place)}`]);
  await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  own.push('-o', 'Dir::State::status=/var/lib/dpkg/status');
  await run('apt-get', [...own, 'update'], { cwd: folder });
  await downloadWith(own, folder, packages);
}

async function downloadWith(options: string[], folder: string, packages: readonly string[]): Promise<void> {
  const install = ['--simulate', '--no-install-recommends', 'install', ...packages];
  // Where the machine's own packages are in disorder, what is named may do.
  const { stdout } = await run('apt-get', [...options, ...install]).catch(() => ({ stdout: '' }));
  const lacking = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  await run('apt-get', [...options, 'download', ...new Set([...packages, ...lacking])], { cwd: folder });
}
