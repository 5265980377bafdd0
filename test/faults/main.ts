/**
 * npm run test:faults: a market in full swing while everything dies in turn, then an older copy of the database. From a
 * printed seed, bounded in time. `--seed N` repeats a run's choices; `--only restore` runs that scenario alone.
 */

import { parseArgs } from 'node:util';
import { seeded } from '../pubsub/troubled.ts';
import { type Plan, runFaults, tell } from './random-faults.ts';
import { runRestore } from './restore.ts';
import { setStage, small, whole } from './stage.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    only: { type: 'string', default: 'faults,restore' },
    'api-kills': { type: 'string', default: '20' },
    'redis-kills': { type: 'string', default: '10' },
    'postgres-restarts': { type: 'string', default: '5' },
    cuts: { type: 'string', default: '200' },
    rate: { type: 'string', default: '215' },
  },
});
const plan: Plan = {
  'API process killed': Number(values['api-kills']),
  'API process ended by SIGTERM': 4,
  'Redis killed': Number(values['redis-kills']),
  'PostgreSQL restarted': Number(values['postgres-restarts']),
  'connection cut': Number(values.cuts),
  'link frozen': 6,
  'link half-open, then cut': 4,
  'link half-open, and nobody told': 2,
  'readers stalled': 4,
  'ring lost, then silence': 12,
  'rings delayed and crossed': 4,
  'rings repeated': 3,
  'CLIENT KILL TYPE pubsub': 8,
  'CLIENT PAUSE': 4,
  FLUSHALL: 3,
};
/** Milliseconds; no fault begins after the first, and nothing goes on after the second. */
const limits = { faults: 8 * 60_000, all: 12 * 60_000 };

const say = (line: string): void => console.log(`  ${line}`);
const seed = Number(values.seed);
let passed = 0;
let failed = 0;

async function scenario(name: string, title: string, run: () => Promise<string[]>): Promise<void> {
  if (!values.only.split(',').includes(name)) return;
  console.log(`\n${title}`);
  const problems = await run().catch((error: unknown) => [
    error instanceof Error ? String(error.stack) : String(error),
  ]);
  for (const problem of problems) console.log(`  ✗ ${problem}`);
  if (problems.length === 0) passed += 1;
  else failed += 1;
}

const finish = (): never => {
  console.log(`\nseed ${seed}\n${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
};
setTimeout(() => {
  console.log(`\nNot done after ${limits.all / 60_000} minutes.`);
  failed += 1;
  finish();
}, limits.all);

console.log(`seed ${seed}`);
await scenario('faults', 'whatever dies, every reader has every event, in order, once', async () => {
  const stage = await setStage(whole, seeded(seed));
  try {
    const outcome = await runFaults(stage, { plan, rate: Number(values.rate), limit: limits.faults, say });
    tell(outcome, say);
    const slow = outcome.bidsPerSecond < 200 ? [`only ${outcome.bidsPerSecond.toFixed(0)} bids a second`] : [];
    for (const line of stage.cluster.processes.flatMap((each) => each.errors())) say(line);
    return [...outcome.problems, ...slow];
  } finally {
    await stage.close();
  }
});
await scenario(
  'restore',
  'a database put back to an older copy is told to its readers, never another history',
  async () => {
    const stage = await setStage({ ...small, processes: 3 }, seeded(seed));
    try {
      return await runRestore(stage, { rate: 60, phases: [1_500, 2_000, 3_000], say });
    } finally {
      await stage.close();
    }
  },
);
finish();
