/** Starts `embedded-owner.ts` in a process of its own, as this user, as root or as an ordinary one. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('./embedded-owner.ts', import.meta.url));

/** Namespaces let any user be root, and root be an ordinary user. */
const asRoot = ['unshare', '-U', '--map-root-user'];
const asOrdinary = ['unshare', '-U', '--map-user=1000', '--map-group=1000'];

export type Owner = {
  /** Null if it ended without starting one. */
  url: string | null;
  complaint: string;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

export async function startOwner(dataDir: string, as: 'self' | 'root' | 'ordinary' = 'self'): Promise<Owner> {
  const child = spawn(...disguised(as, [process.execPath, program, dataDir]));
  onTestFinished(() => end(child, 'SIGKILL'));
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const url = await new Promise<string | null>((resolve) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
    child.once('close', () => resolve(null));
  });
  return { url, complaint, end: (signal) => end(child, signal) };
}

function disguised(
  as: 'self' | 'root' | 'ordinary',
  words: string[],
): [string, string[], { stdio: 'pipe'; uid?: number; gid?: number }] {
  const root = process.getuid?.() === 0;
  const isAlready = as === 'self' || (as === 'root') === root;
  const [command = '', ...rest] = isAlready ? words : [...(as === 'root' ? asRoot : asOrdinary), ...words];
  const works = isAlready || spawnSync('unshare', ['-U', 'true']).status === 0;
  if (works) return [command, rest, { stdio: 'pipe' }];
  // Without namespaces root can still become the user for nobody; an ordinary user stays what it is.
  const [same = '', ...others] = words;
  return [same, others, { stdio: 'pipe', ...(root ? { uid: 65534, gid: 65534 } : {}) }];
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
