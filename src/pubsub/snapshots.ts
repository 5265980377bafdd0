/** What came along with events that were rung just now, so that telling them needs no read, and whether it still is so. */

import type { Appended } from '../domain/history.ts';
import { createLately } from './lately.ts';

/** Milliseconds, at least, and at most twice as many: an event that is told later is told with what is read then. */
const keepFor = 100;
/** Milliseconds for which a ring may have been on its way. Clocks that differ by more cost the read, and nothing else. */
const longestWay = 250;
/** Milliseconds for which it is known how far a topic has come: longer than any snapshot of before is of use. */
const knownFor = 1_000;

export type Snapshots = {
  keep(appended: Appended): void;
  /** Of the event's order, if it was rung a moment ago. */
  of(eventId: string): unknown;
  /** Somebody has heard or read that the topic has come so far: what was so before is told to nobody any more. */
  learn(topic: string, position: number): void;
  /** How far a topic was known to have come a moment ago; 0 if nothing is known. */
  known(topic: string): number;
  close(): void;
};

export function createSnapshots(): Snapshots {
  const snapshotOf = createLately<unknown>(keepFor);
  const reached = createLately<number>(knownFor);

  const known: Snapshots['known'] = (topic) => reached.get(topic) ?? 0;

  const learn: Snapshots['learn'] = (topic, position) => {
    if (position > known(topic)) reached.set(topic, position);
  };

  return {
    keep({ entries, snapshots = {}, heads = {}, rungAt = 0 }) {
      for (const [topic, position] of Object.entries(heads)) learn(topic, position);
      if (Math.abs(Date.now() - rungAt) > longestWay) return;
      for (const { id, orderId } of entries) {
        const snapshot = orderId === null ? undefined : snapshots[orderId];
        if (snapshot !== undefined) snapshotOf.set(id, snapshot);
      }
    },
    of: (eventId) => snapshotOf.get(eventId),
    learn,
    known,
    close() {
      snapshotOf.close();
      reached.close();
    },
  };
}
