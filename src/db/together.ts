/**
 * Rows that many ask for one by one, each for an answer of its own: what is asked for in one turn, and while the last
 * statement is on its way, is one statement. So the more is asked, the more goes into each.
 */

import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { type Pool, statement } from './statement.ts';

/** What the next statement reads. */
type Gathering<Row> = { ids: string[]; viewerTopics: (string | null)[]; rows: Promise<(Row | undefined)[]> };

/** Milliseconds for which the last statement's answer is waited for, at most: it may never come. */
const mostWait = 5;

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
  const gatherings = new WeakMap<Pool, Gathering<Row>>();
  const underWay = new WeakMap<Pool, Promise<unknown>>();

  async function readAll(
    pool: Pool,
    { ids, viewerTopics }: Omit<Gathering<Row>, 'rows'>,
  ): Promise<(Row | undefined)[]> {
    await orSoon(underWay.get(pool));
    await new Promise((resolve) => setImmediate(resolve));
    gatherings.delete(pool);
    const reading = read(pool, { ids, viewerTopics });
    underWay.set(pool, reading);
    const done = (): void => {
      if (underWay.get(pool) === reading) underWay.delete(pool);
    };
    reading.then(done, done);
    const places = new Array<Row | undefined>(ids.length);
    for (const { nth, ...row } of await reading) places[Number(nth) - 1] = row as Row;
    return places;
  }

  function begin(pool: Pool): Gathering<Row> {
    const asking = { ids: [], viewerTopics: [] };
    const gathering = { ...asking, rows: readAll(pool, asking) };
    gatherings.set(pool, gathering);
    return gathering;
  }

  return async (db, ids, viewerTopic) => {
    const { ids: all, viewerTopics, rows } = gatherings.get(db.$client) ?? begin(db.$client);
    const first = all.length;
    for (const id of ids) {
      all.push(id);
      viewerTopics.push(viewerTopic);
    }
    return (await rows).slice(first, first + ids.length).filter((row) => row !== undefined);
  };
}

/** Resolves when it is settled, or has been waited for long enough. */
async function orSoon(last: Promise<unknown> | undefined): Promise<void> {
  if (!last) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, mostWait);
  });
  await Promise.race([last.catch(() => {}), late]);
  clearTimeout(timer);
}
