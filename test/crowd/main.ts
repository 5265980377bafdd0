/** npm run test:crowd: thousands of subscribers at once, bounded in time. `-- restart` or `-- opened`: only that. */

import { parseArgs } from 'node:util';
import { runOpened } from './opened.ts';
import { runRestart } from './restart.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    subscribers: { type: 'string', default: '5000' },
    drain: { type: 'string', default: '10' },
    subscriptions: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '4' },
  },
});
const [subscribers, drainSeconds, subscriptions, rounds] = [
  values.subscribers,
  values.drain,
  values.subscriptions,
  values.rounds,
].map(Number) as [number, number, number, number];

const scenarios = {
  restart: {
    title: '5,000 subscribers over two processes that are restarted miss nothing, and come back spread over the drain',
    run: () => runRestart({ subscribers, drainSeconds, restarts: 2, mostOfShare: 2 }, say),
  },
  opened: {
    title: '10,000 subscriptions, opened and closed again and again, leave nothing behind',
    run: () => runOpened({ subscriptions, rounds }, say),
  },
};

/** Milliseconds that a scenario may take. */
const limit = 300_000;
const say = (line: string): void => console.log(`  ${line}`);
let passed = 0;
let failed = 0;

function finish(): never {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

for (const [name, { title, run }] of Object.entries(scenarios)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${title}`);
  const began = performance.now();
  const late = setTimeout(() => {
    console.log(`  ✗ Not done after ${limit / 1_000} s.`);
    failed += 1;
    finish();
  }, limit);
  const problems = await run().catch((error: unknown) => [
    error instanceof Error ? String(error.stack) : String(error),
  ]);
  clearTimeout(late);
  say(`took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  for (const problem of problems) console.log(`  ✗ ${problem}`);
  if (problems.length === 0) passed += 1;
  else failed += 1;
}
finish();
