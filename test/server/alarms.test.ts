/** The alarms of many sockets, near and far. */

import { expect, test, vi } from 'vitest';
import { createAlarms } from '../../src/server/alarms.ts';

const patiently = { timeout: 10_000 };

function expiring(expiresAt: number) {
  const one = { expiresAt, expired: [] as number[], expire: () => void one.expired.push(Date.now()) };
  return one;
}

test.each([
  ['near', 60_000, 50],
  ['far', 40, 300],
  ['past', 60_000, -5],
])('one that is %s rings once, and not before its moment', async (_, span, ahead) => {
  const alarms = createAlarms(span);
  const moment = Date.now() + ahead;
  const [one, other] = [expiring(moment), expiring(moment + 100)];
  alarms.set(one);
  alarms.set(other);
  await vi.waitUntil(() => other.expired.length > 0, patiently);
  expect(one.expired).toHaveLength(1);
  // Node's timers count whole milliseconds.
  expect(one.expired[0]).toBeGreaterThanOrEqual(moment - 1);
});

test('one that was called off does not ring, be it near or far', async () => {
  const alarms = createAlarms(40);
  const [soon, later] = [Date.now() + 30, Date.now() + 300];
  const [near, far, last] = [expiring(soon), expiring(later), expiring(later)];
  for (const one of [near, far, last]) alarms.set(one);
  alarms.callOff(near);
  alarms.callOff(far);
  await vi.waitUntil(() => last.expired.length > 0, patiently);
  expect([near.expired, far.expired]).toEqual([[], []]);
});
