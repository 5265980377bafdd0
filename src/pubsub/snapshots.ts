/** What came along with events that were rung just now, so that telling them needs no read. */

import type { Appended } from '../domain/history.ts';

/** Milliseconds, at least, and at most twice as many: an event that is told later is told with what is read then. */
const keepFor = 100;
/** Milliseconds for which a ring may have been on its way. Clocks that differ by more cost the read, and nothing else. */
const longestWay = 250;

export type Snapshots = {
  keep(appended: Appended): void;
  /** Of the event's order, if it was rung a moment ago. */
  of(eventId: string): unknown;
  close(): void;
};

export function createSnapshots(): Snapshots {
  let [young, old] = [new Map<string, unknown>(), new Map<string, unknown>()];
  let timer: NodeJS.Timeout | undefined;

  function age(): void {
    [young, old] = [new Map(), young];
    timer = old.size > 0 ? setTimeout(age, keepFor).unref() : undefined;
  }

  return {
    keep({ entries, snapshots = {}, rungAt = 0 }) {
      if (Math.abs(Date.now() - rungAt) > longestWay) return;
      for (const { id, orderId } of entries) {
        const snapshot = orderId === null ? undefined : snapshots[orderId];
        if (snapshot !== undefined) young.set(id, snapshot);
      }
      if (young.size > 0) timer ??= setTimeout(age, keepFor).unref();
    },
    of: (eventId) => young.get(eventId) ?? old.get(eventId),
    close: () => clearTimeout(timer),
  };
}
