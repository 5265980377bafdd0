/** As whom the embedded PostgreSQL runs: it refuses root, and its folder has to belong to whoever runs it. */

import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../log.ts';

export type Account = {
  /** Words to put before a command. */
  prefix: string[];
  /** For `spawn`, where the process changes its user. */
  identity: { uid?: number; gid?: number };
};

const own: Account = { prefix: [], identity: {} };
/** As root, a namespace in which we are an ordinary user: needs no other user on the machine, files stay ours. */
const namespace: Account = { prefix: ['unshare', '-U', '--map-user=1000', '--map-group=1000'], identity: {} };

/** The account for a folder that exists. */
export function accountOf(folder: string): Account {
  const { uid, gid } = lstatSync(folder);
  const me = process.getuid?.();
  if (me === undefined || (me !== 0 && uid === me)) return own;
  if (me !== 0) {
    throw new StartupError(
      `The database in ${folder} belongs to another user (uid ${uid}, this is uid ${me}): ` +
        'run as that user, or set DATA_DIR to a folder of your own.',
    );
  }
  // Whoever made it, here or in an earlier run, goes on with it.
  if (uid !== 0) return { prefix: [], identity: { uid, gid } };
  if (canUseNamespaces()) return namespace;
  const identity = ordinaryUser();
  chownAll(folder, identity);
  return { prefix: [], identity };
}

function canUseNamespaces(): boolean {
  const [command = '', ...words] = namespace.prefix;
  return spawnSync(command, [...words, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Where namespaces are forbidden, as in many containers: the user made for PostgreSQL, or the one for nobody. */
function ordinaryUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new StartupError(
    'PostgreSQL refuses to run as root, and this machine has neither user namespaces nor a user postgres or nobody: ' +
      'run as an ordinary user, or set DATABASE_URL.',
  );
}

function chownAll(path: string, { uid, gid }: { uid: number; gid: number }): void {
  chownSync(path, uid, gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) chownAll(join(path, name), { uid, gid });
}
