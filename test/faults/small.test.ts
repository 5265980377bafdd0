/** A small form of `npm run test:faults`: each kind of fault once or twice. How soon all is level is told by the whole one. */

import { expect, test } from 'vitest';
import { seeded } from '../pubsub/troubled.ts';
import { type Plan, runFaults, tell } from './random-faults.ts';
import { runRestore } from './restore.ts';
import { setStage, small } from './stage.ts';

const plan: Plan = {
  'API process killed': 2,
  'API process ended by SIGTERM': 1,
  'Redis killed': 1,
  'PostgreSQL restarted': 1,
  'connection cut': 20,
  'link frozen': 1,
  'link half-open, then cut': 1,
  'link half-open, and nobody told': 0,
  'readers stalled': 1,
  'ring lost, then silence': 2,
  'rings delayed and crossed': 1,
  'rings repeated': 1,
  'CLIENT KILL TYPE pubsub': 1,
  'CLIENT PAUSE': 1,
  FLUSHALL: 1,
};
/** Milliseconds: other tests run beside it, and the machine may be slow. */
const most = 12_000;
const limit = 120_000;

const seed = Math.floor(Math.random() * 1e9);
const say = (line: string): void => console.info(line);

test('whatever dies, every reader has every event, in order, once', async () => {
  say(`seed ${seed}`);
  const stage = await setStage(small, seeded(seed));
  try {
    const outcome = await runFaults(stage, { plan, rate: 40, limit, most, say });
    tell(outcome, say);
    expect(outcome.problems).toEqual([]);
  } finally {
    await stage.close();
  }
}, 240_000);

test('a database put back to an older copy is told to its readers, never another history', async () => {
  say(`seed ${seed}`);
  const stage = await setStage(small, seeded(seed));
  try {
    expect(await runRestore(stage, { rate: 40, phases: [1_000, 1_000, 2_000], most, say })).toEqual([]);
  } finally {
    await stage.close();
  }
}, 240_000);
