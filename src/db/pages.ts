/** Pages of a list by keyset: where a page starts is a row's own key, not a count of rows before it. */

import { type SQL, sql } from 'drizzle-orm';
import { statement } from './statement.ts';

/** A page going forward from `after`, or backward from `before`; both ends may be set. */
export type Page<Key> = { limit: number; backward: boolean; after: Key | null; before: Key | null };

/** The rows in the list's own order, and whether there are more in the direction that was read. */
export type Slice<Row> = { rows: Row[]; more: boolean };

/** What makes a page's statement differ from another's; the rest are values. `by`: what it is filtered by. */
export type Shape = { backward: boolean; after: boolean; before: boolean; by: readonly string[] };

/** A statement per shape, written at its first use: a condition with `or … is null` would keep it off the index. */
export function pageStatements<Row>(write: (shape: Shape) => SQL) {
  const written = new Map<string, ReturnType<typeof statement<Row>>>();
  /** Of the filters those count that are not null. */
  return (page: Page<unknown>, filters: Record<string, unknown> = {}): ReturnType<typeof statement<Row>> => {
    const by = Object.keys(filters).filter((name) => filters[name] !== null);
    const shape = { backward: page.backward, after: page.after !== null, before: page.before !== null, by };
    const name = JSON.stringify(shape);
    const query = written.get(name) ?? statement<Row>(write(shape));
    written.set(name, query);
    return query;
  };
}

/** The condition that a row lies within the page's ends, in a list ascending by `key`. */
export function within(shape: Shape, key: SQL, ends: { after: SQL; before: SQL }): SQL {
  return sql.join([
    ...(shape.after ? [sql` and (${key}) > (${ends.after})`] : []),
    ...(shape.before ? [sql` and (${key}) < (${ends.before})`] : []),
  ]);
}

/** A condition for pages that are filtered by this. */
export const filtered = (shape: Shape, name: string, condition: SQL): SQL =>
  shape.by.includes(name) ? sql` and (${condition})` : sql.empty();

/** Of up to `limit + 1` rows read in the page's direction: those of the page in the list's order, and whether it goes on. */
export function slice<Row>(rows: Row[], page: Page<unknown>): Slice<Row> {
  const kept = rows.slice(0, page.limit);
  return { rows: page.backward ? kept.reverse() : kept, more: rows.length > page.limit };
}

/** Rows read by one statement for many keys, in the order of the keys. */
export function inOrder<Row>(keys: readonly string[], rows: Row[], keyOf: (row: Row) => string): (Row | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}
