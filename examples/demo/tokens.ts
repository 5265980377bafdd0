/** Gets each player a token: signed with the secret where it is known, else by the sign-in that a server in development has. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Claims, sign } from '../sign.ts';
import { root, type Stage } from './server.ts';

export async function tokenFor(stage: Stage, url: string, claims: Claims): Promise<string> {
  if (stage.secret) return sign(stage.secret, claims);
  return (await signIn(url, claims)) ?? (await askCommand(claims));
}

async function signIn(url: string, claims: Claims): Promise<string | null> {
  const answer = await fetch(new URL('/dev/sign-in', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(claims),
  });
  if (!answer.ok) return null;
  const { token } = (await answer.json()) as { token?: string };
  return token ?? null;
}

/** What `npm run token` runs: it knows the secret where the server was started in this folder. */
async function askCommand({ sub, role, name }: Claims): Promise<string> {
  const words = ['src/cli.ts', 'token', '--sub', sub, '--role', role, '--name', name];
  try {
    return (await promisify(execFile)(process.execPath, words, { cwd: root })).stdout.trim();
  } catch (error) {
    throw new Error('The demo needs tokens of that server: set AUTH_SECRET to what it was started with.', {
      cause: error,
    });
  }
}
