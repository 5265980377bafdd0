/** Runs the examples as their readers do: to their end, or until a test has seen enough. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Program } from '../support/debian.ts';

export const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

export type Ended = { code: number | null; said: string; complained: string };

export type Running = {
  /** What it printed so far. */
  said(): string;
  complained(): string;
  /** Resolves once it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
  ended: Promise<Ended>;
};

const { PATH = '', HOME = '' } = process.env;

/** Gone at the test's end at the latest. Of the environment it gets nothing but what is named. */
export function start(
  { command, env }: Program,
  words: string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Running {
  const child = spawn(command, words, { env: { PATH, HOME, ...env, ...options.env } });
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said, complained }));
  // One that has ended before it was told anything.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await ended;
  };
  onTestFinished(() => end('SIGKILL'));
  return { said: () => said, complained: () => complained, end, ended };
}
