/** A connection's arguments and cursors. A cursor is the last row's place in the list, opaque to clients. */

import type { Page, Slice } from '../db/pages.ts';
import { badInput } from './errors.ts';

export const pageSize = { unsaid: 20, most: 100 } as const;

export type PageArgs = {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
};

/** Writes and reads one list's cursors. `parse` answers null for parts that it has not written. */
export type CursorForm<Row, Key> = {
  name: string;
  parts: (row: Row) => readonly string[];
  parse: (parts: string[]) => Key | null;
};

const encode = (form: { name: string }, parts: readonly string[]): string =>
  Buffer.from([form.name, ...parts].join('|')).toString('base64url');

function decode<Row, Key>(form: CursorForm<Row, Key>, cursor: string | null | undefined): Key | null {
  if (cursor === null || cursor === undefined) return null;
  const [name, ...parts] = Buffer.from(cursor, 'base64url').toString().split('|');
  const key = name === form.name && encode(form, parts) === cursor ? form.parse(parts) : null;
  if (key === null) throw badInput('This is no cursor of this list.');
  return key;
}

function size(name: 'first' | 'last', count: number): number {
  if (count < 0) throw badInput(`\`${name}\` must not be negative.`);
  if (count > pageSize.most) throw badInput(`\`${name}\` must be ${pageSize.most} at most.`);
  return count;
}

/** The page that is asked for; BAD_USER_INPUT for one that cannot be. */
export function pageOf<Row, Key>(form: CursorForm<Row, Key>, args: PageArgs): Page<Key> {
  const { first, last } = args;
  const forward = first !== null && first !== undefined;
  const backward = last !== null && last !== undefined;
  if (forward && backward) throw badInput('Either `first` or `last`, not both.');
  return {
    limit: backward ? size('last', last) : size('first', first ?? pageSize.unsaid),
    backward,
    after: decode(form, args.after),
    before: decode(form, args.before),
  };
}

export type Edge<Row> = { cursor: string; node: Row };

export type Connection<Row> = {
  edges: Edge<Row>[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};

/** What there is beyond an end that the client set is taken as there: the row it was set by. */
export function connectionOf<Row, Key>(
  form: CursorForm<Row, Key>,
  page: Page<Key>,
  { rows, more }: Slice<Row>,
): Connection<Row> {
  const edges = rows.map((node) => ({ cursor: encode(form, form.parts(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backward ? page.before !== null : more || page.before !== null,
      hasPreviousPage: page.backward ? more || page.after !== null : page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const moment = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What keys are made of, each null where it is not of its form. */
export const keyPart = {
  uuid: (text: string | undefined): string | null => (text !== undefined && uuid.test(text) ? text : null),
  moment: (text: string | undefined): string | null =>
    text !== undefined && moment.test(text) && new Date(text).toJSON() === text ? text : null,
  amount: (text: string | undefined): string | null =>
    text !== undefined && /^\d{1,15}(\.\d{1,4})?$/.test(text) ? text : null,
  count: (text: string | undefined): number | null =>
    text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null,
};
