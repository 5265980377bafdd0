/** Compares what was acknowledged, what is committed and what each reader was handed. */

import type postgres from 'postgres';
import type { Reader, Reading } from './reader.ts';
import type { Acknowledged } from './writers.ts';

export type Event = {
  topic: string;
  position: number;
  id: string;
  kind: string;
  order: string;
  party: string | null;
  about: string;
};

export type Counts = {
  delivered: number;
  missing: number;
  outOfOrder: number;
  /** Before the reader drops ids that it has seen. */
  repeated: number;
  wrongViewer: number;
  /** Of no history: neither committed, nor taken back by a restore. */
  unknown: number;
  notCommitted: number;
  errors: number;
};

/** All that is committed, in the order of topics and numbers. */
export async function readEvents(sql: postgres.Sql): Promise<Event[]> {
  return sql<Event[]>`
    select topic, position::int, id, kind, order_id as order, party::text,
      case kind when 'bidPlaced' then (data ->> 'bidId') || ' ' || (data ->> 'revision')
        when 'negotiationRequested' then data ->> 'negotiationId' else order_id::text end as about
    from events order by topic, position`;
}

/** What concerns this reader, as the tables tell it. */
export function concerns(reading: Reading, event: Event): boolean {
  return (
    event.topic === reading.topic &&
    event.kind === reading.kind &&
    (reading.party === null || event.party === reading.party) &&
    (reading.ofOrder === null || event.order === reading.ofOrder)
  );
}

/** One reader's list against what it had to be handed, both in their order. */
export function compare(expected: readonly Event[], received: readonly { id: string }[], known: ReadonlySet<string>) {
  const places = new Map(expected.map(({ id, position }) => [id, position]));
  const had = new Set<string>();
  const counts = { delivered: received.length, missing: 0, outOfOrder: 0, repeated: 0, wrongViewer: 0, unknown: 0 };
  let last = 0;
  for (const { id } of received) {
    const position = places.get(id);
    if (had.has(id)) counts.repeated += 1;
    else if (position === undefined) counts[known.has(id) ? 'wrongViewer' : 'unknown'] += 1;
    else if (position < last) counts.outOfOrder += 1;
    else last = position;
    had.add(id);
  }
  counts.missing = expected.filter(({ id }) => !had.has(id)).length;
  return counts;
}

/** `heads`: where each topic stood when the readers' cursors were taken. `from`: acknowledged before it does not count. */
export function check(run: {
  events: Event[];
  heads: ReadonlyMap<string, number>;
  readers: readonly Reader[];
  acknowledged: readonly Acknowledged[];
  from?: number;
}): Counts {
  const { events, heads, readers, acknowledged, from = 0 } = run;
  const known = new Set(events.map(({ id }) => id));
  const byTopic = Map.groupBy(events, ({ topic }) => topic);
  const total: Counts = {
    delivered: 0,
    missing: 0,
    outOfOrder: 0,
    repeated: 0,
    wrongViewer: 0,
    unknown: 0,
    notCommitted: 0,
    errors: 0,
  };
  for (const reader of readers) {
    const present = reader.histories.at(-1);
    const start = present?.anew ? 0 : (heads.get(reader.topic) ?? 0);
    const expected = (byTopic.get(reader.topic) ?? []).filter((e) => e.position > start && concerns(reader, e));
    const counts = compare(expected, present?.received ?? [], known);
    for (const [name, count] of Object.entries(counts)) total[name as keyof typeof counts] += count;
    total.errors += reader.wrong.length;
  }
  const committed = new Set(events.map(({ kind, about }) => `${kind} ${about}`));
  total.notCommitted = acknowledged.filter(
    ({ kind, about, asked }) => asked >= from && !committed.has(`${kind} ${about}`),
  ).length;
  return total;
}

/** What a reader was handed before it was told to start anew has to be the old history, whole and in order, as far as it got. */
export function checkFormer(
  readers: readonly Reader[],
  old: readonly Event[],
  heads: ReadonlyMap<string, number>,
): { torn: number; mixed: number } {
  const byTopic = Map.groupBy(old, ({ topic }) => topic);
  let [torn, mixed] = [0, 0];
  for (const reader of readers.filter(({ expired }) => expired > 0)) {
    const start = heads.get(reader.topic) ?? 0;
    const had = (byTopic.get(reader.topic) ?? []).filter((e) => e.position > start && concerns(reader, e));
    const ids = new Set(had.map(({ id }) => id));
    const received = reader.histories[0]?.received ?? [];
    mixed += received.filter(({ id }) => !ids.has(id)).length;
    torn += received.filter(({ id }, nth) => ids.has(id) && had[nth]?.id !== id).length;
  }
  return { torn, mixed };
}

/** Everything that has to be nought. */
export const faultless = (counts: Counts): boolean =>
  counts.missing + counts.outOfOrder + counts.wrongViewer + counts.unknown + counts.notCommitted + counts.errors === 0;

export const inWords = (counts: Counts): string =>
  `delivered ${counts.delivered}, missing ${counts.missing}, out of order ${counts.outOfOrder}, ` +
  `repeated before dropping ids ${counts.repeated} (after: 0), wrong viewer ${counts.wrongViewer}, ` +
  `of no history ${counts.unknown}, acknowledged but not committed ${counts.notCommitted}, errors ${counts.errors}`;
