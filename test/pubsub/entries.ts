/** Makes events with numbers, for tests that need no database. */

import type { Entry } from '../../src/domain/events.ts';
import type { Page } from '../../src/domain/history.ts';

/** Another `history` gives other tags. */
export const tagOf = (position: number, history = 'a'): string => (position === 0 ? '0' : `${history}${position}`);

export const entry = (position: number, history = 'a', topic = 'market'): Entry => ({
  topic,
  position,
  tag: tagOf(position, history),
  id: `${topic}-${history}-${position}`,
  kind: 'orderOpened',
  orderId: '00000000-0000-4000-8000-000000000000',
  data: {},
  party: null,
  told: false,
  at: '2026-01-01T00:00:00.000Z',
});

export const entries = (from: number, to: number, history = 'a'): Entry[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => entry(from + index, history));

/** What the database answers whose history is `log`. */
export function pageOf(log: readonly Entry[], after: number, limit: number): Page {
  const last = log.at(-1);
  return {
    floor: { head: 0, tag: '0' },
    head: { head: last?.position ?? 0, tag: last?.tag ?? '0' },
    tagAt: after === 0 ? '0' : (log[after - 1]?.tag ?? null),
    entries: log.slice(after, after + limit),
  };
}
