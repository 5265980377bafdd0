/** The alarms of many sockets, near and far. */

import { expect, test, vi } from 'vitest';
import { createAlarms } from '../../src/server/alarms.ts';

const patiently = { timeout: 10_000 };

function expiring() {
  const one = { expired: [] as number[], expire: () => void one.expired.push(Date.now()) };
  return one;
}

test.each([
  ['near', 60_000, 50],
  ['far', 40, 300],
  ['past', 60_000, -5],
])('one that is %s rings once, and not before its moment', async (_, span, ahead) => {
  const alarms = createAlarms(span);
  const moment = Date.now() + ahead;
  const [one, other] = [expiring(), expiring()];
  alarms.set(one, moment);
  alarms.set(other, moment + 100);
  await vi.waitUntil(() => other.expired.length > 0, patiently);
  expect(one.expired).toHaveLength(1);
  // Node's timers count whole milliseconds.
  expect(one.expired[0]).toBeGreaterThanOrEqual(moment - 1);
});

test('one that was called off does not ring, be it near or far', async () => {
  const alarms = createAlarms(40);
  const [near, far, last] = [expiring(), expiring(), expiring()];
  const [soon, later] = [Date.now() + 30, Date.now() + 300];
  alarms.set(near, soon);
  alarms.set(far, later);
  alarms.set(last, later);
  alarms.callOff(near, soon);
  alarms.callOff(far, later);
  await vi.waitUntil(() => last.expired.length > 0, patiently);
  expect([near.expired, far.expired]).toEqual([[], []]);
});
