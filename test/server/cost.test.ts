/** What one operation may ask for: how much, over every transport alike, and how deeply its document may be nested. */

import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/schema/context.ts';
import { schema } from '../../src/schema/schema.ts';
import { mostCost, tooCostly } from '../../src/server/cost.ts';
import { serve } from './serve.ts';
import { connect } from './talk.ts';

const served = await serve();

const refused = (text: string, variableValues: Record<string, unknown> = {}, operationName?: string) =>
  tooCostly({ schema, document: parse(text), operationName, variableValues, contextValue: {} as Context });

const bidsOf = (inner: string, page = 'first: 100') => `bids(${page}) { edges { node { ${inner} } } }`;
const ordersWith = (inner: string, page = 'first: 100') => `{ orders(${page}) { edges { node { ${inner} } } } }`;
const everythingOfABid =
  'id alias note revision status placedAt amount { amount currency } vendor { id name } ' +
  'confirmation { revision acceptBy answer reason } order { id status }';

describe('an operation', () => {
  test('may ask for a full page of orders, each with a full page of bids and all that they have', () => {
    expect(refused(ordersWith(`id title status cursor ${bidsOf(everythingOfABid)}`))).toBeNull();
    const around = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
    const bids = `bids(first: 100) { totalCount ${around} edges { cursor node { ${everythingOfABid} } } }`;
    expect(
      refused(`{ orders(first: 100) { cursor ${around} edges { cursor node { id title status cursor ${bids} } } } }`),
    ).toBeNull();
  });

  test('may not ask for full pages within full pages within full pages', () => {
    expect(refused(ordersWith(bidsOf(`order { ${bidsOf('id')} }`)))).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', cost: 3_040_800, most: mostCost },
    });
  });

  test.each([
    ['a page', `query ($n: Int) ${ordersWith(bidsOf(`order { ${bidsOf('id', 'first: $n')} }`))}`, { n: 100 }, { n: 5 }],
    [
      'a page from its end',
      `query ($n: Int, $m: Int) ${ordersWith(bidsOf(`order { ${bidsOf('id', 'first: $m, last: $n')} }`))}`,
      { n: null, m: 100 },
      { n: 5 },
    ],
    [
      'a page unless said',
      `query ($n: Int = 100) ${ordersWith(bidsOf(`order { ${bidsOf('id', 'last: $n')} }`))}`,
      {},
      { n: 5 },
    ],
    [
      'ids',
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ${bidsOf(`order { ${bidsOf('id')} }`)} } } }`,
      { ids: Array.from({ length: 100 }, () => 'x') },
      { ids: ['x'] },
    ],
  ])('is judged by what its variables make of %s', (_, text, much, little) => {
    expect(refused(text, much)?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(refused(text, little)).toBeNull();
  });

  test.each([
    ['null, which is as if unsaid', 'null', true],
    ['none', '0', false],
    ['less than none, which is refused later', '-1', false],
    ['more than there can be in a page, which is too', '2147483647', true],
  ])('is judged by a page of %s', (_, size, isMuch) => {
    expect(refused(ordersWith(bidsOf(`order { ${bidsOf('id', `first: ${size}`)} }`))) !== null).toBe(isMuch);
  });

  test('is not taken for cheap by what its variables were before', () => {
    const document = parse(`query ($n: Int) ${ordersWith(bidsOf(`order { ${bidsOf('id', 'first: $n')} }`))}`);
    const costly = (n: number) =>
      tooCostly({ schema, document, variableValues: { n }, contextValue: {} as Context }) !== null;
    expect([1, 100, 1].map(costly)).toEqual([false, true, false]);
  });

  test('does not hide what it asks for in fragments, nor in the names of what it asks for again', () => {
    const again = Array.from({ length: 20 }, (_, index) => `a${index}: ${bidsOf(everythingOfABid)}`).join(' ');
    expect(
      refused(`query { orders(first: 100) { ...Page } } fragment Page on OrderConnection { edges { node { ...Bids } } }
      fragment Bids on Order { ${again} }`),
    ).not.toBeNull();
    const doubled = Array.from(
      { length: 700 },
      (_, index) => `fragment F${index + 1} on Query { ...F${index} ...F${index} }`,
    );
    expect(refused(`{ ...F700 } fragment F0 on Query { serverTime } ${doubled.join(' ')}`)?.extensions['cost']).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  test('has 700 root fields at most, each a statement or a command', () => {
    const times = (count: number, field: string) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
    expect(refused(times(700, 'serverTime'))).toBeNull();
    expect(refused(times(701, 'serverTime'))).not.toBeNull();
    expect(refused(times(500, 'orders(first: 100) { edges { node { id } } }'))).not.toBeNull();
  });

  test('is judged by itself, whatever stands beside it', () => {
    const text = `query Small { serverTime } query Large ${ordersWith(bidsOf(`order { ${bidsOf('id')} }`))}`;
    expect(refused(text, {}, 'Small')).toBeNull();
    expect(refused(text, {}, 'Large')).not.toBeNull();
  });
});

describe('what is too much', () => {
  const much = ordersWith(bidsOf(`order { ${bidsOf('id')} }`));
  const levels = (inner: string) => 'viewerBid{order{'.repeat(45) + inner + '}}'.repeat(45);
  const deep = `{ orders { edges { node { ...F34 } } } } fragment F0 on Order { id } ${Array.from(
    { length: 34 },
    (_, index) => `fragment F${index + 1} on Order { ${levels(`...F${index}`)} }`,
  ).join(' ')}`;
  const muchOfAnEvent = `subscription { orderUpdated { order { ${bidsOf(`order { ${bidsOf(`order { ${bidsOf('id')} }`)} }`)} } } }`;

  test.each([
    ['pages within pages', much],
    ['more levels than can be counted', deep],
  ])('is refused over HTTP: %s', async (_, query) => {
    const { errors, data } = await served.ask(query, { token: await served.token('casey', 'customer') });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', most: mostCost } }]);
    expect(data).toBeUndefined();
  });

  test('cannot pass by an argument that makes its cost unknown', async () => {
    const query = `query ($ids: [ID!] = []) { nodes(ids: $ids) { id } ${much.slice(1)}`;
    const token = await served.token('casey', 'customer');
    const { errors, data } = await served.ask(query, { token, variables: { ids: null } });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(data).toBeUndefined();
  });

  test.each([
    ['an operation', much],
    ['more levels than can be counted', deep],
    ['a subscription', muchOfAnEvent],
  ])('is refused over WebSocket, which stays open: %s', async (_, query) => {
    const socket = await connect(served.url, await served.token('casey', 'customer'));
    socket.send({ id: 'much', type: 'subscribe', payload: { query } });
    expect(await socket.next()).toMatchObject({
      id: 'much',
      type: 'next',
      payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(await socket.next()).toEqual({ id: 'much', type: 'complete' });
    socket.socket.close();
  });
});

describe('a document', () => {
  const list = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const literal = (depth: number) =>
    `mutation { notify(input: { to: "a", action: "b", data: ${list(depth)} }) { __typename } }`;

  test.each([101, 1_000, 4_500])('that is nested %i levels deep is refused', async (depth) => {
    const { errors } = await served.ask(literal(depth), { token: await served.token('shop', 'service') });
    expect(errors).toMatchObject([
      { message: 'Nested too deeply: 100 levels are the most.', extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
    const fields = `{ viewer ${'{ a '.repeat(depth)}${'}'.repeat(depth)} }`;
    expect((await served.ask(fields)).errors?.[0]?.extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  });

  test('may be nested as deeply as data may', async () => {
    const { data } = await served.ask(literal(64), { token: await served.token('shop', 'service') });
    expect(data).toEqual({ notify: { __typename: 'NotifyPayload' } });
  });
});
