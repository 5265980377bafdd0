/** A small run of the fault suite (npm run test:faults): a few faults of each kind, with the same checker. */

import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../pubsub/troubled.ts';
import { type Plan, runFaults, tell } from './random-faults.ts';
import { runRestore } from './restore.ts';
import { setStage, small } from './stage.ts';

const plan: Plan = {
  'API process killed': 1,
  'API process ended by SIGTERM': 1,
  'Redis killed': 1,
  'PostgreSQL restarted': 1,
  'connection cut': 10,
  'link frozen': 1,
  'link half-open, then cut': 1,
  'link half-open, and nobody told': 0,
  'readers stalled': 1,
  'ring lost, then silence': 1,
  'rings delayed and crossed': 1,
  'rings repeated': 0,
  'CLIENT KILL TYPE pubsub': 1,
  'CLIENT PAUSE': 0,
  FLUSHALL: 1,
};

/** Milliseconds to level. The whole suite has the machine to itself and two seconds; here other tests run beside. */
const most = 6_000;
const said: string[] = [];
const say = (line: string): void => void said.push(line);

test('whatever dies, and whatever older copy comes in its place, every reader has what it should', async () => {
  const seed = Math.floor(Math.random() * 1e9);
  say(`seed ${seed}`);
  const stage = await setStage(small, seeded(seed));
  onTestFinished(() => stage.close());
  onTestFinished(() => console.info(said.join('\n')));
  const outcome = await runFaults(stage, { plan, rate: 60, limit: 60_000, most, say });
  tell(outcome, say);
  expect(outcome.problems).toEqual([]);
  expect(outcome.counts.delivered).toBeGreaterThan(500);
  expect(await runRestore(stage, { rate: 60, phases: [500, 500, 1_000], most, say })).toEqual([]);
}, 120_000);
