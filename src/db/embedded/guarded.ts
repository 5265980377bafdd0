/** Runs a program so that it never outlives this process, not even when this one is killed. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export type Guarded = ChildProcessByStdio<Writable, null, Readable>;

/**
 * The shell reads a pipe that only we hold open: when it ends, because we close it or because we are killed, the program
 * gets the signal. A program that ends by itself ends the shell, with its code.
 */
const script = `exec 3<&0
signal=$1
shift
"$@" 3<&- </dev/null 1>&2 &
program=$!
{ while read -r line <&3; do :; done; kill -"$signal" $program; } >/dev/null 2>&1 &
guard=$!
wait $program
status=$?
kill $guard 2>/dev/null
exit $status`;

/** What the program prints, to either stream, is on `stderr`. */
export function spawnGuarded(
  words: string[],
  options: { signal: 'INT' | 'TERM'; env?: NodeJS.ProcessEnv; identity?: { uid?: number; gid?: number } },
): Guarded {
  const child = spawn('sh', ['-c', script, 'sh', options.signal, ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    // Ctrl-C goes to all of a terminal's group: this one waits until we have closed what uses it.
    detached: true,
    ...(options.env ? { env: options.env } : {}),
    ...options.identity,
  });
  // Nothing is ever written; but the pipe breaks if the shell is killed.
  child.stdin.on('error', () => {});
  return child;
}

/** Asks it to end, and waits until it has. */
export async function stopGuarded(child: Guarded): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin.end();
  await exit;
}
