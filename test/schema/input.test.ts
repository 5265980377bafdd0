/** What is malformed is refused with a code, in variables and in the document alike. */

import { execute, GraphQLError, parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { Unavailable } from '../../src/commands/unavailable.ts';
import { createContext } from '../../src/schema/context.ts';
import { maskError } from '../../src/schema/errors.ts';
import { schema } from '../../src/schema/schema.ts';
import { createAsking } from './asking.ts';

const { ask, read, gid, services, ...market } = await createAsking();

let customer: Viewer;
let vendor: Viewer;
let order: string;
beforeAll(async () => {
  [customer, vendor] = [await market.customer(), await market.vendor()];
  order = gid('Order', await market.order(customer, { currency: 'EUR' }));
});

const placing =
  'mutation ($input: PlaceBidInput!) { placeBid(input: $input) { __typename ... on Refusal { code message } ... on InvalidInput { issues { path message } } } }';
const creating =
  'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { ... on Refusal { code } ... on InvalidInput { issues { path } } ... on CreateOrderPayload { order { closesAt description visibility status currency } } } }';

describe('an amount', () => {
  it.each([
    1,
    1.5,
    true,
    null,
    [],
    {},
    '',
    'NaN',
    '1e400',
    'Infinity',
    '1,5',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '+1',
    '0x1',
    '１',
    '9'.repeat(1000),
  ])('as %j is malformed', async (amount) => {
    expect((await ask(vendor, placing, { input: { orderId: order, amount } })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it.each(['1', '1.5', 'true', '[]', '{}', '""', '"NaN"', 'EUR'])(
    'written %s in the document is malformed',
    (literal) => {
      const before = `mutation { placeBid(input: { orderId: "${order}", amount: `;
      const document = parse(`${before}${literal} }) { __typename } }`);
      const [error] = validate(schema, document);
      expect(error && maskError(error).extensions['code']).toBe('BAD_USER_INPUT');
      expect(error?.locations).toEqual([{ line: 1, column: before.length + 1 }]);
    },
  );

  it.each(['-1', '0', '0.00', '1.234', '1234567890123456', '-0.5'])('as %j is against a rule', async (amount) => {
    const { placeBid } = await read(vendor, placing, { input: { orderId: order, amount } });
    expect(placeBid).toMatchObject({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      issues: [{ path: ['amount'] }],
    });
  });
});

describe('a moment', () => {
  const created = async (closesAt: unknown) =>
    ask(customer, creating, { input: { title: 'A', currency: 'EUR', closesAt } });

  it.each([
    '2999-01-01',
    'tomorrow',
    '2999-02-31T00:00:00Z',
    '2999-01-01T00:00:00',
    '2999-13-01T00:00:00Z',
    '2999-01-01T25:00:00Z',
    '',
    1e12,
  ])('as %j is malformed', async (closesAt) => {
    expect((await created(closesAt)).codes).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    ['2999-01-01T02:00:00+02:00', '2999-01-01T00:00:00.000Z'],
    ['2999-01-01T00:00:00.123456Z', '2999-01-01T00:00:00.123Z'],
    ['2998-12-31t19:00:00.5-05:00', '2999-01-01T00:00:00.500Z'],
    ['2996-02-29T00:00:00z', '2996-02-29T00:00:00.000Z'],
  ])('as %j is answered in UTC with milliseconds', async (closesAt, answered) => {
    const { data } = await created(closesAt);
    expect(data.createOrder.order).toEqual({
      closesAt: answered,
      description: '',
      visibility: 'RANK',
      status: 'OPEN',
      currency: 'EUR',
    });
  });
});

it.each(['eur', 'EURO', 'E', '', 978])('a currency as %j is malformed', async (currency) => {
  expect((await ask(customer, creating, { input: { title: 'A', currency } })).codes).toEqual(['BAD_USER_INPUT']);
});

it('a currency that does not exist is against a rule', async () => {
  expect((await read(customer, creating, { input: { title: 'A', currency: 'XQQ' } })).createOrder).toEqual({
    code: 'INVALID_INPUT',
    issues: [{ path: ['currency'] }],
  });
});

describe('an id', () => {
  it('that was not made here, or is of another type, is malformed', async () => {
    const uuid = crypto.randomUUID();
    const of = (text: string) => Buffer.from(text).toString('base64url');
    const malformed = [
      '',
      'x',
      uuid,
      of('Order'),
      of(`Order:${uuid} `),
      of(`Order:${uuid.toUpperCase()}`),
      of(`Table:${uuid}`),
      `${order} `,
      of(`Bid:${uuid}`),
    ];
    for (const id of malformed) {
      expect([id, (await ask(customer, 'query ($id: ID!) { order(id: $id) { id } }', { id })).codes]).toEqual([
        id,
        ['BAD_USER_INPUT'],
      ]);
      const { codes } = await ask(vendor, placing, { input: { orderId: id, amount: '1' } });
      expect([id, codes]).toEqual([id, ['BAD_USER_INPUT']]);
    }
    const { codes } = await ask(vendor, placing, { input: { orderId: order, amount: '1', negotiationId: order } });
    expect(codes).toEqual(['BAD_USER_INPUT']);
    expect((await ask(customer, '{ node(id: "x") { id } }')).codes).toEqual(['BAD_USER_INPUT']);
    const some = await ask(customer, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [order, 'x', order] });
    expect(some).toMatchObject({ codes: ['BAD_USER_INPUT'], errors: [{ path: ['nodes', 1] }] });
    expect(some.data).toEqual({ nodes: [{ id: order }, null, { id: order }] });
    const ids = Array.from({ length: 101 }, () => order);
    expect((await ask(customer, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).codes).toEqual([
      'BAD_USER_INPUT',
    ]);
  });

  it('leads back to what has it', async () => {
    const { nodes } = await read(customer, 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: [order, gid('User', customer.id), gid('Order', crypto.randomUUID()), order],
    });
    const [one, user] = [
      { __typename: 'Order', id: order },
      { __typename: 'User', id: gid('User', customer.id) },
    ];
    expect(nodes).toEqual([one, user, null, one]);
  });
});

it('characters are counted as people count them', async () => {
  const titled = async (title: string) =>
    (await read(customer, creating, { input: { title, currency: 'EUR' } })).createOrder;
  expect(await titled('😀'.repeat(200))).toMatchObject({ order: { status: 'OPEN' } });
  expect(await titled('😀'.repeat(201))).toEqual({ code: 'INVALID_INPUT', issues: [{ path: ['title'] }] });
});

it('variables that GraphQL itself refuses are BAD_USER_INPUT', async () => {
  const wrong = [
    {},
    { input: null },
    { input: {} },
    { input: { orderId: order, amount: '1', more: 1 } },
    { input: { orderId: {}, amount: '1' } },
  ];
  for (const variables of wrong) {
    const { codes } = await ask(vendor, placing, variables);
    expect([variables, new Set(codes)]).toEqual([variables, new Set(['BAD_USER_INPUT'])]);
  }
});

it("an error of one mutation leaves the other's answer", async () => {
  const text = `mutation ($order: ID!) {
    a: placeBid(input: { orderId: $order, amount: "9" }) { ... on PlaceBidPayload { bid { amount { amount } order { bids { totalCount } } } } }
    b: placeBid(input: { orderId: "nonsense", amount: "8" }) { __typename }
    c: placeBid(input: { orderId: $order, amount: "7" }) { ... on PlaceBidPayload { bid { revision amount { amount } } order { viewerBid { revision } } } }
  }`;
  const { data, codes } = await ask(vendor, text, { order });
  expect(codes).toEqual(['BAD_USER_INPUT']);
  expect(data).toEqual({
    a: { bid: { amount: { amount: '9.00' }, order: { bids: { totalCount: 1 } } } },
    b: null,
    c: { bid: { revision: 2, amount: { amount: '7.00' } }, order: { viewerBid: { revision: 2 } } },
  });
});

it('a refusal carries what a screen needs to go on', async () => {
  const orderId = await market.order(customer, { currency: 'EUR' });
  const bidId = await market.bid(vendor, orderId, '10');
  const [globalOrder, bid] = [gid('Order', orderId), gid('Bid', bidId)];
  const text = `mutation ($order: ID!, $bid: ID!) {
    higher: placeBid(input: { orderId: $order, amount: "10" }) { ... on Refusal { code } ... on BidNotLower { highest { amount currency } } }
    none: declineConfirmation(input: { bidId: $bid }) { ... on Refusal { code } ... on NoConfirmationPending { bid { status } } }
    withdrawn: withdrawBid(input: { bidId: $bid }) { ... on WithdrawBidPayload { bid { status } } }
    again: withdrawBid(input: { bidId: $bid }) { ... on Refusal { code message } ... on BidNotActive { bid { status } } }
  }`;
  const { higher, none, withdrawn, again } = await read(vendor, text, { order: globalOrder, bid });
  expect(higher).toEqual({ code: 'BID_NOT_LOWER', highest: { amount: '9.99', currency: 'EUR' } });
  expect(none).toEqual({ code: 'NO_CONFIRMATION_PENDING', bid: { status: 'ACTIVE' } });
  expect(withdrawn).toEqual({ bid: { status: 'WITHDRAWN' } });
  expect(again).toMatchObject({ code: 'BID_NOT_ACTIVE', bid: { status: 'WITHDRAWN' } });
  const ending = `mutation ($order: ID!) {
    negotiated: requestNegotiation(input: { orderId: $order, message: "Hm" }) { ... on Refusal { code } ... on NoActiveBids { order { status } } }
    cancelled: cancelOrder(input: { orderId: $order }) { ... on CancelOrderPayload { order { status } } }
    again: cancelOrder(input: { orderId: $order }) { ... on Refusal { code } ... on OrderEnded { order { status } } }
  }`;
  expect(await read(customer, ending, { order: globalOrder })).toEqual({
    negotiated: { code: 'NO_ACTIVE_BIDS', order: { status: 'OPEN' } },
    cancelled: { order: { status: 'CANCELLED' } },
    again: { code: 'ORDER_ENDED', order: { status: 'CANCELLED' } },
  });
});

describe('errors', () => {
  it('of the code say nothing of what happened, and keep it for the log', () => {
    const bug = new Error('password in here');
    const masked = maskError(new GraphQLError('password in here', { originalError: bug }));
    expect(JSON.stringify(masked)).not.toContain('password');
    expect(masked.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(masked.originalError).toBe(bug);
  });

  it('of a database that is away are UNAVAILABLE, with when to try again', () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    expect(maskError(away).toJSON()).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } });
    expect(maskError(new Unavailable(away, 3)).extensions).toEqual({ code: 'UNAVAILABLE', retryAfter: 3 });
    expect(maskError(away).message).not.toContain('5432');
  });

  it('that GraphQL finds in a document have a code, too', async () => {
    const codeOf = (text: string) => {
      try {
        return maskError(validate(schema, parse(text))[0]).extensions['code'];
      } catch (error) {
        return maskError(error).extensions['code'];
      }
    };
    expect(codeOf('{')).toBe('GRAPHQL_PARSE_FAILED');
    expect(codeOf('{ nothing }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(codeOf('query ($a: Int) { viewer { id } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    const { errors = [] } = await execute({
      schema,
      document: parse('query A { viewer { id } } query B { viewer { id } }'),
      contextValue: createContext(services, null),
    });
    expect(errors.map((error) => maskError(error).extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });
});
