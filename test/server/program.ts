/** The program as `npm start` starts it: to see what it says, how it ends, and with which code. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { signToken } from '../../src/auth/token.ts';

export type Program = {
  url: string;
  token(sub: string, role: 'customer' | 'vendor' | 'service'): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves to the exit code, null where a signal ended it. */
  ended: Promise<number | null>;
  /** Everything it has said. */
  said(): string;
};

const secret = 'what signs the tokens of the tests, long enough';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** On a free port. Resolves when it is ready; rejects with what it said if it ends before. End it by the test's end. */
export async function startProgram(env: Record<string, string>): Promise<Program> {
  const { child, said, ended } = run({ AUTH_SECRET: secret, ...env });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /http:\/\/[^\s"]+:(\d+)\/graphql/.exec(said())?.[1];
      if (found) resolve(found);
    });
    void ended.then((code) => reject(new Error(`It ended with ${code}:\n${said()}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    token: (sub, role) => signToken({ secret, sub, role, expiresInSeconds: 3600 }),
    signal: (signal) => void child.kill(signal),
    ended,
    said,
  };
}

/** For one that is expected not to start. */
export async function runProgram(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const { ended, said } = run({ AUTH_SECRET: secret, ...env });
  return { code: await ended, said: said() };
}

function run(env: Record<string, string>): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: { PATH, HOME, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, said: () => said, ended };
}
