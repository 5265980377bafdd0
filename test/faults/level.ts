/** How long it takes, from the end of a fault, until every reader has everything that was committed by then. */

import type postgres from 'postgres';
import { rest } from './cluster.ts';
import type { Reader } from './reader.ts';

/** Milliseconds. */
export const mostToLevel = 2_000;
const patience = 15_000;

type Last = { topic: string; kind: string; party: string | null; order: string; id: string; position: number };

/**
 * The milliseconds from `ended`, by performance.now(); `patience` where it never was. `tellLate` hears of who is behind
 * when it should not be any more.
 */
export async function timeToLevel(
  sql: postgres.Sql,
  readers: readonly Reader[],
  ended: number,
  tellLate: (line: string) => void = () => {},
): Promise<number> {
  const lasts = await sql<Last[]>`
    select distinct on (topic, kind, party, order_id)
      topic, kind, party::text, order_id as order, id, position::int
    from events where at > now() - interval '20 seconds'
    order by topic, kind, party, order_id, position desc`;
  const byTopic = Map.groupBy(lasts, ({ topic }) => topic);
  let behind = readers.map((reader) => ({ reader, id: lastFor(reader, byTopic.get(reader.topic) ?? []) }));
  let told = false;
  for (;;) {
    behind = behind.filter(({ reader, id }) => id !== null && !reader.seen.has(id));
    const took = performance.now() - ended;
    if (took > mostToLevel && !told) {
      const who = behind.map(({ reader }) => `${reader.kind} of ${reader.who} ${reader.state()}`);
      if (who.length > 0) tellLate(`behind: ${who.length}, as ${who.slice(0, 3).join('; ')}`);
      told = true;
    }
    if (behind.length === 0 || took > patience) return Math.max(0, Math.round(took));
    await rest(5);
  }
}

function lastFor(reader: Reader, lasts: readonly Last[]): string | null {
  const mine = lasts.filter(
    (last) =>
      last.kind === reader.kind &&
      (reader.party === null || last.party === reader.party) &&
      (reader.ofOrder === null || last.order === reader.ofOrder),
  );
  return mine.toSorted((a, b) => b.position - a.position)[0]?.id ?? null;
}

export const medianOf = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
