/** Snapshots that come along with rings: for a moment, and not those that were long on their way. */

import { expect, it, vi } from 'vitest';
import { createSnapshots } from '../../src/pubsub/snapshots.ts';
import { entry } from './entries.ts';

const one = entry(1);
const ring = (rungAt: number) => ({
  source: 'here',
  entries: [one],
  snapshots: { [one.orderId ?? '']: { order: 'as it was' } },
  rungAt,
});

it('are there for who tells the event at once, and forgotten soon', async () => {
  const snapshots = createSnapshots();
  expect(snapshots.of(one.id)).toBeUndefined();
  snapshots.keep(ring(Date.now()));
  expect(snapshots.of(one.id)).toEqual({ order: 'as it was' });
  await vi.waitFor(() => expect(snapshots.of(one.id)).toBeUndefined(), 10_000);
  snapshots.close();
});

it('are not kept of a ring that was long on its way, or says nothing of when it left', () => {
  const snapshots = createSnapshots();
  snapshots.keep(ring(Date.now() - 1_000));
  snapshots.keep({ source: 'here', entries: [one] });
  expect(snapshots.of(one.id)).toBeUndefined();
  snapshots.close();
});
