/** The client's documents, held against schema.graphql. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stringifyDocument } from '@urql/core';
import { buildSchema, type DocumentNode, parse, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import * as documents from '../../client/urql/documents.ts';
import { resumable } from '../../client/urql/resumable.ts';
import * as subscriptions from '../../client/urql/subscriptions.ts';

const root = new URL('../../', import.meta.url);
const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'));
const messages = (text: string) => validate(schema, parse(text)).map((error) => error.message);

const all = Object.entries({ ...documents, ...subscriptions }) as [string, DocumentNode][];
const listened = Object.entries(subscriptions) as [string, DocumentNode][];

test.each(all)('%s is valid', (_name, document) => {
  expect(messages(stringifyDocument(document as never))).toEqual([]);
});

test.each(listened)('%s is valid as it is sent', (_name, document) => {
  expect(messages(resumable(document).text)).toEqual([]);
});

const sent = (text: string) => print(parse(resumable(parse(text)).text));

test('adds what is needed to go on to a document that lacks it', () => {
  const text = 'subscription S($orderId: ID) { bidPlaced(orderId: $orderId) { revision } }';
  expect(messages(sent(text))).toEqual([]);
  expect(sent(text)).toBe(
    print(
      parse(
        'subscription S($orderId: ID, $after: Cursor) { bidPlaced(orderId: $orderId, after: $after) { cursor id revision } }',
      ),
    ),
  );
});

test('takes the names that the document has', () => {
  const { resume, root: field } = resumable(
    parse(
      'subscription ($order: ID, $from: Cursor) { bids: bidPlaced(orderId: $order, after: $from) { place: cursor key: id } }',
    ),
  );
  expect(field).toBe('bids');
  expect(resume).toEqual({ variable: 'from', start: null, cursor: 'place', id: 'key', order: { variable: 'order' } });
});

test('starts after the cursor that the document names itself, and goes on from others', () => {
  const { text, resume } = resumable(parse('subscription { orderOpened(after: "abc") { id cursor } }'));
  expect(resume?.start).toBe('abc');
  expect(messages(text)).toEqual([]);
  expect(text).not.toContain('abc');
});

test('leaves a variable alone that has the name but is for something else', () => {
  const text = 'subscription ($after: String) { orderOpened { order { bids(after: $after) { totalCount } } } }';
  expect(messages(sent(text))).toEqual([]);
  expect(resumable(parse(text)).resume?.variable).toBe('after2');
});

test('takes a variable that was declared and forgotten', () => {
  const { resume } = resumable(parse('subscription ($after: Cursor) { orderOpened { id } }'));
  expect(resume?.variable).toBe('after');
});

test('keeps the keys of a document that gives other fields the names', () => {
  const text = 'subscription { orderOpened { id: occurredAt cursor: __typename } }';
  expect(messages(sent(text))).toEqual([]);
  expect(resumable(parse(text)).resume).toMatchObject({ id: 'idOfEvent', cursor: 'cursorOfEvent' });
});

test('keeps the fragments of a document', () => {
  const text = 'subscription { orderOpened { ...Seen } } fragment Seen on OrderOpened { occurredAt order { title } }';
  expect(messages(sent(text))).toEqual([]);
});

test('refuses a document whose field it cannot see', () => {
  expect(() => resumable(parse('subscription { ...S } fragment S on Subscription { orderOpened { id } }'))).toThrow(
    /directly/,
  );
});

test('the types of the documents fit schema.graphql', () => {
  const { status, stderr } = spawnSync(process.execPath, ['client/urql/write-types.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
