/** What a job says that tries again and again. */

import { expect, test } from 'vitest';
import { createTroubles } from '../../src/jobs/troubles.ts';
import { createLog } from '../../src/log.ts';

test('a database that is away is told of once until it is back, whatever else is wrong each time', () => {
  const said: string[] = [];
  const log = createLog({ level: 'warn', pretty: false, output: { write: (line) => said.push(line) } });
  const troubles = createTroubles(log, 'It failed');
  const told = (error: Error): number => {
    const before = said.length;
    troubles.tell(error);
    return said.length - before;
  };
  const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect([told(away), told(away), told(new Error('a mistake')), told(new Error('a mistake'))]).toEqual([1, 0, 1, 1]);
  expect([told(away), told(away)]).toEqual([1, 0]);
  troubles.over();
  expect(told(away)).toBe(1);
});
