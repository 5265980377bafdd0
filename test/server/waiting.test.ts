/** Those who may take only so long for something. */

import { expect, test, vi } from 'vitest';
import { createWaiting } from '../../src/server/waiting.ts';

const patiently = { timeout: 10_000 };

test('each is late once, after as long as it may take, in the order in which they came', async () => {
  const late: [number, number][] = [];
  const waiting = createWaiting<number>(50, (one) => late.push([one, performance.now()]));
  const came = new Map<number, number>();
  for (const one of [1, 2, 3]) {
    came.set(one, performance.now());
    waiting.add(one);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await vi.waitUntil(() => late.length === 3, patiently);
  expect(late.map(([one]) => one)).toEqual([1, 2, 3]);
  // Node's timers count whole milliseconds.
  for (const [one, at] of late) expect(at - (came.get(one) ?? 0)).toBeGreaterThanOrEqual(49);
});

test('one that waits no longer is never late, and those behind it are', async () => {
  const late: string[] = [];
  const waiting = createWaiting<string>(30, (one) => late.push(one));
  for (const one of ['first', 'second', 'third']) waiting.add(one);
  waiting.remove('first');
  waiting.remove('first');
  waiting.remove('third');
  await vi.waitUntil(() => late.length > 0, patiently);
  waiting.remove('second');
  waiting.add('fourth');
  await vi.waitUntil(() => late.length > 1, patiently);
  expect(late).toEqual(['second', 'fourth']);
});
