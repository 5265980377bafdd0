/** Rows that many ask for one by one, each for an answer of its own: what is asked for in one turn is one statement. */

import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { type Pool, statement } from './statement.ts';

/** What is asked for in one turn. */
type Turn<Row> = { ids: string[]; viewerTopics: (string | null)[]; rows: Promise<(Row | undefined)[]> };

/** What the statement calls `asked`, one row for each that is asked for, with its place as `nth`. */
const asked = sql`unnest(${sql.placeholder('ids')}::uuid[], ${sql.placeholder('viewerTopics')}::text[])
  with ordinality as asked(id, viewer_topic, nth)`;

/**
 * Reads rows by id, for a vendor with its topic in the heads, else with null. `columns` may name `asked.viewer_topic`;
 * `source` is joined to `asked`.
 */
export function rowsTogether<Row>(
  columns: SQL,
  source: SQL,
): (db: Database, ids: readonly string[], viewerTopic: string | null) => Promise<Row[]> {
  const read = statement<Row & { nth: string }>(sql`select ${columns}, asked.nth from ${asked} ${source}`);
  const turns = new WeakMap<Pool, Turn<Row>>();

  function begin(pool: Pool): Turn<Row> {
    const [ids, viewerTopics]: [string[], (string | null)[]] = [[], []];
    const rows = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      turns.delete(pool);
      const places = new Array<Row | undefined>(ids.length);
      for (const { nth, ...row } of await read(pool, { ids, viewerTopics })) places[Number(nth) - 1] = row as Row;
      return places;
    });
    const turn = { ids, viewerTopics, rows };
    turns.set(pool, turn);
    return turn;
  }

  return async (db, ids, viewerTopic) => {
    const { ids: all, viewerTopics, rows } = turns.get(db.$client) ?? begin(db.$client);
    const first = all.length;
    for (const id of ids) {
      all.push(id);
      viewerTopics.push(viewerTopic);
    }
    return (await rows).slice(first, first + ids.length).filter((row) => row !== undefined);
  };
}
