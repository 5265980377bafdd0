/** A small form of `npm run test:crowd -- restart`. */

import { expect, test } from 'vitest';
import { runRestart } from './restart.ts';

test('subscribers of a process that is restarted come back spread over its drain, and miss nothing', async () => {
  const options = { subscribers: 300, drainSeconds: 4, restarts: 1, mostOfShare: 3 } as const;
  expect(await runRestart(options, (line) => console.info(line))).toEqual([]);
}, 90_000);
