/** What is wrong gets its own refusal or code, says what its caller needs, writes nothing, and costs nobody a socket. */

import { afterAll, describe, expect, test, vi } from 'vitest';
import { inSeconds, signClaims, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import {
  cursorOf,
  type MutationName,
  mutation,
  outcome,
  perform,
  placeBid,
  postOrder,
  read,
  subscription,
} from './documents.ts';
import { type Answer, openSocket, person, post, subscribe, transports, type Variables } from './outside.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const api = await startApi({ databaseUrl });

const casey = await person('casey', 'customer');
const otto = await person('otto', 'customer');
const vera = await person('vera', 'vendor');
const victor = await person('victor', 'vendor', 'Victor the rival');
const caseyBids = await person('casey', 'vendor');
for (const who of [casey, otto, vera, victor]) await read(api, who, '{ viewer { id } }');

const nothingLeaks =
  /victor|secret|node_modules|\.ts\b|postgres|drizzle|\b(select|insert|update) .* (from|into|set)\b/i;

/** Everything that is stored, as one line a table; but a user's role, which is that of its latest token. */
async function stored(): Promise<unknown> {
  const tables = ['orders', 'bids', 'confirmations', 'negotiations', 'negotiation_readers', 'topics', 'events'];
  const parts = [...tables, 'idempotency_keys', '(select id, external_id, name from users)'].map(
    (table) => `select $$${table}$$ as name, count(*), md5(string_agg(t::text, '|' order by t::text)) from ${table} t`,
  );
  return db.$client.unsafe(parts.join(' union all ')).then((rows) => rows.map((row) => ({ ...row })));
}

// An open order with two bids, one that is closed, one that is confirmed, one that is over; and Otto's.
const open = await postOrder(api, casey);
const bid = await placeBid(api, vera, open, '900');
const rivals = await placeBid(api, victor, open, '850');
const closed = await postOrder(api, casey, { closesAt: new Date(Date.now() + 1_000).toISOString() });
const bidOnClosed = await placeBid(api, vera, closed, '900');
const confirmed = await postOrder(api, casey);
const waiting = await placeBid(api, vera, confirmed, '900');
await perform(api, casey, 'confirmBid', { bidId: waiting.id, revision: 1 });
const ended = await postOrder(api, casey);
const lost = await placeBid(api, vera, ended, '900');
await perform(api, casey, 'cancelOrder', { orderId: ended });
const withdrawn = await placeBid(api, vera, await postOrder(api, casey), '900');
await perform(api, vera, 'withdrawBid', { bidId: withdrawn.id });
const empty = await postOrder(api, casey);
const ottos = await postOrder(api, otto);
const bidOnOttos = await placeBid(api, victor, ottos, '700');
const round = (await perform(api, casey, 'requestNegotiation', { orderId: open, message: 'Lower' })).negotiation;
await perform(api, casey, 'requestNegotiation', { orderId: open, message: 'Lower still' });
await perform(api, casey, 'createOrder', { title: 'Once', currency: 'INR', idempotencyKey: 'used' });
// It reads CLOSED from its deadline on; the clock writes that down a moment later, and nothing may change after this.
await vi.waitUntil(async () => {
  const [row] = await db.$client`select from events where kind = 'orderUpdated' and data ->> 'status' = 'CLOSED'`;
  return row !== undefined;
}, patiently);

/** An id of the right form that nothing has. */
const guessed = (id: string): string => {
  const text = Buffer.from(id, 'base64url').toString();
  return Buffer.from(text.replace(/.$/, (last) => (last === '0' ? '1' : '0'))).toString('base64url');
};

const sockets = new Map([casey, otto, vera, victor, caseyBids].map((who) => [who, openSocket(api, who)]));
const before = await stored();
const storedAtFirst = async () => expect(await stored()).toEqual(before);

/** Asks over HTTP and over the open socket; both have to answer alike. */
async function both(who: typeof casey, query: string, variables: Variables): Promise<Answer> {
  const socket = sockets.get(who);
  const [overHttp, overSocket] = [await post(api, who, query, variables), await socket?.ask(query, variables)];
  await socket?.stays();
  expect(overSocket?.data ?? null).toEqual(overHttp.body.data ?? null);
  expect(overSocket?.errors?.map(({ extensions }) => extensions)).toEqual(
    overHttp.body.errors?.map(({ extensions }) => extensions),
  );
  expect(overHttp.text + JSON.stringify(overSocket)).not.toMatch(nothingLeaks);
  return overHttp.body;
}

type Case = [what: string, who: typeof casey, name: MutationName, input: object, code: string, carries?: object];
const invalid = (...path: string[]) => ({ issues: [{ path }] });
const make = { title: 'Desks', currency: 'INR' };
const bad = [
  ['U+0000', 'a\u0000b'],
  ['a lone surrogate', 'a\ud800b'],
] as const;

const cases: Case[] = [
  ...bad.flatMap(([what, text]): Case[] => [
    [`${what} in a title`, casey, 'createOrder', { ...make, title: text }, 'INVALID_INPUT', invalid('title')],
    [
      `${what} in a description`,
      casey,
      'createOrder',
      { ...make, description: text },
      'INVALID_INPUT',
      invalid('description'),
    ],
    [
      `${what} in an externalId`,
      casey,
      'createOrder',
      { ...make, externalId: text },
      'INVALID_INPUT',
      invalid('externalId'),
    ],
    [
      `${what} in a key`,
      casey,
      'createOrder',
      { ...make, idempotencyKey: text },
      'INVALID_INPUT',
      invalid('idempotencyKey'),
    ],
    [`${what} in a currency`, casey, 'createOrder', { ...make, currency: text }, 'BAD_USER_INPUT'],
    [`${what} in a moment`, casey, 'createOrder', { ...make, closesAt: text }, 'BAD_USER_INPUT'],
    [
      `${what} in a note`,
      vera,
      'placeBid',
      { orderId: open, amount: '800', note: text },
      'INVALID_INPUT',
      invalid('note'),
    ],
    [`${what} in an amount`, vera, 'placeBid', { orderId: open, amount: text }, 'BAD_USER_INPUT'],
    [`${what} in an id`, vera, 'placeBid', { orderId: text, amount: '800' }, 'BAD_USER_INPUT'],
    [
      `${what} in a message`,
      casey,
      'requestNegotiation',
      { orderId: open, message: text },
      'INVALID_INPUT',
      invalid('message'),
    ],
    [
      `${what} in a cancellation`,
      casey,
      'cancelOrder',
      { orderId: open, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
    [
      `${what} in a withdrawal`,
      vera,
      'withdrawBid',
      { bidId: bid.id, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
    [
      `${what} in a refusal`,
      vera,
      'declineConfirmation',
      { bidId: waiting.id, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
  ]),
  ['an empty title', casey, 'createOrder', { ...make, title: '  ' }, 'INVALID_INPUT', invalid('title')],
  ['a title too long', casey, 'createOrder', { ...make, title: 'a'.repeat(201) }, 'INVALID_INPUT', invalid('title')],
  ['no such currency', casey, 'createOrder', { ...make, currency: 'XXZ' }, 'INVALID_INPUT', invalid('currency')],
  [
    'a deadline that is past',
    casey,
    'createOrder',
    { ...make, closesAt: '2020-01-01T00:00:00Z' },
    'INVALID_INPUT',
    invalid('closesAt'),
  ],
  ['the 31st of February', casey, 'createOrder', { ...make, closesAt: '2030-02-31T00:00:00Z' }, 'BAD_USER_INPUT'],
  [
    'a key used with another input',
    casey,
    'createOrder',
    { ...make, idempotencyKey: 'used' },
    'IDEMPOTENCY_KEY_REUSED',
  ],
  ['a field that there is not', casey, 'createOrder', { ...make, status: 'ACCEPTED' }, 'BAD_USER_INPUT'],
  ['no input', casey, 'createOrder', {}, 'BAD_USER_INPUT'],

  ...['NaN', '1e400', '', 'Infinity', '0x10', '1,000', ' 1', 800, null].map(
    (amount): Case => [
      `an amount of ${JSON.stringify(amount)}`,
      vera,
      'placeBid',
      { orderId: open, amount },
      'BAD_USER_INPUT',
    ],
  ),
  ...['-1', '0', '0.00', '-0', '800.001', '1234567890123456', '9'.repeat(90)].map(
    (amount): Case => [
      `an amount of ${amount}`,
      vera,
      'placeBid',
      { orderId: open, amount },
      'INVALID_INPUT',
      invalid('amount'),
    ],
  ),
  [
    'a target of -1',
    casey,
    'requestNegotiation',
    { orderId: open, targetAmount: '-1' },
    'INVALID_INPUT',
    invalid('targetAmount'),
  ],

  [
    'a revision that is higher',
    vera,
    'placeBid',
    { orderId: open, amount: '901' },
    'BID_NOT_LOWER',
    { highest: { amount: '899.99', currency: 'INR' } },
  ],
  [
    'a revision that is the same',
    vera,
    'placeBid',
    { orderId: open, amount: '900.00' },
    'BID_NOT_LOWER',
    { highest: { amount: '899.99', currency: 'INR' } },
  ],
  [
    'a bid on a closed order',
    vera,
    'placeBid',
    { orderId: closed, amount: '800' },
    'ORDER_NOT_OPEN',
    { order: { id: closed, status: 'CLOSED' } },
  ],
  [
    'a bid while one is confirmed',
    victor,
    'placeBid',
    { orderId: confirmed, amount: '800' },
    'ORDER_NOT_OPEN',
    { order: { id: confirmed, status: 'CONFIRMED' } },
  ],
  [
    'a bid on an order that has ended',
    victor,
    'placeBid',
    { orderId: ended, amount: '800' },
    'ORDER_NOT_OPEN',
    { order: { id: ended, status: 'CANCELLED' } },
  ],
  ["a bid on one's own order", caseyBids, 'placeBid', { orderId: open, amount: '800' }, 'FORBIDDEN'],
  [
    'a bid for a round that has ended',
    vera,
    'placeBid',
    { orderId: open, amount: '800', negotiationId: round.id },
    'INVALID_INPUT',
    invalid('negotiationId'),
  ],
  [
    'a bid for a round of another order',
    vera,
    'placeBid',
    { orderId: empty, amount: '800', negotiationId: round.id },
    'INVALID_INPUT',
    invalid('negotiationId'),
  ],

  [
    'confirming twice',
    casey,
    'confirmBid',
    { bidId: waiting.id, revision: 1 },
    'CONFIRMATION_PENDING',
    { bid: { id: waiting.id, status: 'CONFIRMED' } },
  ],
  [
    'a revision that never was',
    casey,
    'confirmBid',
    { bidId: bid.id, revision: 7 },
    'BID_REVISED',
    { bid: { id: bid.id, revision: 1 } },
  ],
  [
    'confirming a bid that was withdrawn',
    casey,
    'confirmBid',
    { bidId: withdrawn.id, revision: 1 },
    'BID_NOT_ACTIVE',
    { bid: { status: 'WITHDRAWN' } },
  ],
  [
    'confirming on an order that has ended',
    casey,
    'confirmBid',
    { bidId: lost.id, revision: 1 },
    'ORDER_ENDED',
    { order: { id: ended, status: 'CANCELLED' } },
  ],
  [
    'an answer that is due in the past',
    casey,
    'confirmBid',
    { bidId: bid.id, revision: 1, acceptBy: '2020-01-01T00:00:00Z' },
    'INVALID_INPUT',
    invalid('acceptBy'),
  ],
  ['a revision beyond all integers', casey, 'confirmBid', { bidId: bid.id, revision: 2 ** 40 }, 'BAD_USER_INPUT'],
  ['a revision below one', casey, 'confirmBid', { bidId: bid.id, revision: 0 }, 'INVALID_INPUT', invalid('revision')],
  [
    'accepting what nobody confirmed',
    vera,
    'acceptConfirmation',
    { bidId: bid.id },
    'NO_CONFIRMATION_PENDING',
    { bid: { id: bid.id, status: 'ACTIVE' } },
  ],
  [
    'declining what nobody confirmed',
    vera,
    'declineConfirmation',
    { bidId: bid.id },
    'NO_CONFIRMATION_PENDING',
    { bid: { id: bid.id } },
  ],
  [
    'withdrawing what is confirmed',
    vera,
    'withdrawBid',
    { bidId: waiting.id },
    'BID_NOT_ACTIVE',
    { bid: { status: 'CONFIRMED' } },
  ],
  [
    'withdrawing twice',
    vera,
    'withdrawBid',
    { bidId: withdrawn.id },
    'BID_NOT_ACTIVE',
    { bid: { status: 'WITHDRAWN' } },
  ],
  [
    'cancelling twice',
    casey,
    'cancelOrder',
    { orderId: ended },
    'ORDER_ENDED',
    { order: { id: ended, status: 'CANCELLED' } },
  ],
  [
    'negotiating with nobody',
    casey,
    'requestNegotiation',
    { orderId: empty, message: 'x' },
    'NO_ACTIVE_BIDS',
    { order: { id: empty } },
  ],
  [
    'negotiating while one is confirmed',
    casey,
    'requestNegotiation',
    { orderId: confirmed, message: 'x' },
    'CONFIRMATION_PENDING',
    { bid: { id: waiting.id } },
  ],
  ['negotiating about nothing', casey, 'requestNegotiation', { orderId: open }, 'INVALID_INPUT'],
  [
    'negotiating by a bid on another order',
    casey,
    'requestNegotiation',
    { orderId: open, message: 'x', bidId: bidOnClosed.id },
    'INVALID_INPUT',
    invalid('bidId'),
  ],
  [
    "negotiating by a bid on someone else's order",
    casey,
    'requestNegotiation',
    { orderId: open, message: 'x', bidId: bidOnOttos.id },
    'INVALID_INPUT',
    invalid('bidId'),
  ],
  [
    'negotiating by a guessed bid',
    casey,
    'requestNegotiation',
    { orderId: open, message: 'x', bidId: guessed(bid.id) },
    'INVALID_INPUT',
    invalid('bidId'),
  ],

  ["cancelling someone else's order", otto, 'cancelOrder', { orderId: open }, 'NOT_FOUND'],
  ["negotiating on someone else's order", otto, 'requestNegotiation', { orderId: open, message: 'x' }, 'NOT_FOUND'],
  ["confirming on someone else's order", casey, 'confirmBid', { bidId: bidOnOttos.id, revision: 1 }, 'NOT_FOUND'],
  ["withdrawing someone else's bid", vera, 'withdrawBid', { bidId: rivals.id }, 'NOT_FOUND'],
  ["accepting someone else's bid", victor, 'acceptConfirmation', { bidId: waiting.id }, 'NOT_FOUND'],
  ["declining someone else's bid", victor, 'declineConfirmation', { bidId: waiting.id }, 'NOT_FOUND'],
  ['a guessed order', vera, 'placeBid', { orderId: guessed(open), amount: '800' }, 'NOT_FOUND'],
  ['a guessed order of one’s own', casey, 'cancelOrder', { orderId: guessed(open) }, 'NOT_FOUND'],
  ['a guessed bid', vera, 'withdrawBid', { bidId: guessed(bid.id) }, 'NOT_FOUND'],
  ['the id of a bid for an order', vera, 'placeBid', { orderId: bid.id, amount: '800' }, 'BAD_USER_INPUT'],
  ['an id of nothing', vera, 'placeBid', { orderId: 'nonsense', amount: '800' }, 'BAD_USER_INPUT'],
  ['an empty id', vera, 'withdrawBid', { bidId: '' }, 'BAD_USER_INPUT'],
  ['SQL for an id', vera, 'withdrawBid', { bidId: "'; drop table bids; --" }, 'BAD_USER_INPUT'],
];

describe('mutations refuse', () => {
  test.each(cases)('%s', async (_, who, name, input, code, carries) => {
    const answer = await both(who, mutation(name), { input });
    expect(outcome(answer)).toBe(code);
    if (!answer.errors) expect(answer.data[name]).toMatchObject({ message: expect.any(String), ...carries });
    await storedAtFirst();
  });
});

describe('queries refuse', async () => {
  const pages =
    'query ($first: Int, $last: Int, $after: String) { orders(first: $first, last: $last, after: $after) { cursor } }';
  test.each<[string, string, Variables, string]>([
    ['101 a page', pages, { first: 101 }, 'BAD_USER_INPUT'],
    ['-1 a page', pages, { first: -1 }, 'BAD_USER_INPUT'],
    ['both ends at once', pages, { first: 1, last: 1 }, 'BAD_USER_INPUT'],
    ['a number that is a text', pages, { first: '1' }, 'BAD_USER_INPUT'],
    ['a page after nonsense', pages, { after: 'nonsense' }, 'BAD_USER_INPUT'],
    ['a page after a stream’s cursor', pages, { after: await cursorOf(api, casey) }, 'BAD_USER_INPUT'],
    ['a page after U+0000', pages, { after: '\u0000' }, 'BAD_USER_INPUT'],
    ['an id of nothing', 'query ($id: ID!) { node(id: $id) { id } }', { id: 'nonsense' }, 'BAD_USER_INPUT'],
    [
      'U+0000 in an externalId',
      'query ($x: String) { orders(externalId: $x) { cursor } }',
      { x: '\u0000' },
      'BAD_USER_INPUT',
    ],
    [
      'a lone surrogate there',
      'query ($x: String) { orders(externalId: $x) { cursor } }',
      { x: '\udfff' },
      'BAD_USER_INPUT',
    ],
    ['what does not parse', 'query {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['U+0000 in the document', '{ viewer { id } \u0000 }', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a field that there is not', '{ nothingSuch }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a subscription to two',
      'subscription { orderOpened { id } orderUpdated { id } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a variable that is missing', 'query ($id: ID!) { node(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
  ])('%s', async (_, query, variables, code) => {
    const { errors } = await both(casey, query, variables);
    expect(errors?.[0]?.extensions.code).toBe(code);
    await storedAtFirst();
  });

  test('U+0000 and lone surrogates written out in the document', async () => {
    for (const text of ['\\u0000', '\\u{0}', '\\uD800', 'a\\uDC00']) {
      const query = `mutation { createOrder(input: { title: "${text}", currency: "INR" }) { __typename ... on Refusal { code } } }`;
      expect(outcome(await both(casey, query, {}))).toMatch(/^(INVALID_INPUT|GRAPHQL_PARSE_FAILED)$/);
    }
    await storedAtFirst();
  });

  test('a body that is no request', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${casey.token}` };
    for (const body of ['', '{', '[]', 'null', '5', '{"query":5}', '{"query":"{ serverTime }","variables":5}', '{}']) {
      const response = await fetch(api.url, { method: 'POST', headers, body });
      const text = await response.text();
      expect(response.status).toBe(400);
      expect(JSON.parse(text).errors[0].extensions.code).toMatch(/^(BAD_USER_INPUT|GRAPHQL_PARSE_FAILED)$/);
      expect(text).not.toMatch(nothingLeaks);
    }
    await storedAtFirst();
  });
});

describe('tokens', async () => {
  const claims = (more: object) => ({ sub: 'casey', role: 'customer', name: 'casey', exp: inSeconds(600), ...more });
  const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims({}))).toString('base64url')}.`;
  const tokens: [string, string][] = [
    ['malformed', 'nonsense'],
    ['not signed', unsigned],
    ['forged', await signClaims(claims({}), 'another secret that is at least as long as it has to be')],
    ['changed after it was signed', casey.token.replace(/\..*\./, (part) => `${part.slice(0, -2)}A.`)],
    ['expired', await signClaims(claims({ exp: inSeconds(-5) }))],
    ['without end', await signClaims(claims({ exp: undefined }))],
    ['of nobody', await signClaims(claims({ sub: undefined }))],
    ['of an empty sub', await signClaims(claims({ sub: '' }))],
    ['of a role that there is not', await signClaims(claims({ role: 'admin' }))],
    ['without a role', await signClaims(claims({ role: undefined }))],
    ['with U+0000 in its sub', await signClaims(claims({ sub: 'a\u0000' }))],
    ['with U+0000 in its name', await signClaims(claims({ name: 'a\u0000' }))],
    ['with a lone surrogate in its name', await signClaims(claims({ name: 'a\ud800' }))],
    ['far too long', await signClaims(claims({ name: 'a'.repeat(6_000) }))],
  ];

  test.each(tokens)('one that is %s is refused with 401, and with 4403 on a socket', async (_, token) => {
    const overHttp = await post(api, { token }, '{ viewer { id } }');
    expect(overHttp.status).toBe(401);
    expect(overHttp.body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(overHttp.text).not.toContain(token.slice(-20));
    expect(overHttp.text).not.toMatch(nothingLeaks);
    const events = await fetch(api.url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: subscription('orderUpdated') }),
    });
    expect(events.status).toBe(401);
    await events.body?.cancel();
    const { code, reason } = await openSocket(api, { token }).closed;
    expect(code).toBe(4403);
    expect(reason).not.toMatch(nothingLeaks);
    await storedAtFirst();
  });

  test('one that expires ends its socket at that moment, and its events with UNAUTHENTICATED', async () => {
    const brief = { ...casey, token: await signClaims(claims({ exp: inSeconds(2) })) };
    const socket = openSocket(api, brief);
    const events = subscribe('SSE', api, brief, subscription('bidPlaced'), { orderId: empty });
    expect((await socket.closed).code).toBe(4403);
    expect((await events.next()).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    await storedAtFirst();
  });
});

describe('subscriptions refuse', async () => {
  const page = (await read(api, casey, '{ orders { pageInfo { endCursor } } }')).orders.pageInfo.endCursor;
  const own = await cursorOf(api, casey, open);
  const cursors: [string, string][] = [
    ['nonsense', 'nonsense'],
    ['nothing', ''],
    ['U+0000', '\u0000'],
    ['a lone surrogate', '\ud800'],
    ['a page', page],
    ['another order', await cursorOf(api, casey, closed)],
    ['the viewer’s own stream', await cursorOf(api, casey)],
    ['a vendor', await cursorOf(api, vera, open)],
    ['a changed one', own.replace(/^.{6}/, (start) => start.toLowerCase().split('').reverse().join(''))],
    ['one that goes on', `${own}AAAA`],
    ['one cut short', own.slice(0, -2)],
  ];
  const cells = cursors.flatMap(([what, cursor]) => transports.map((transport) => [what, transport, cursor] as const));

  test.each(cells)('a cursor of %s over %s', async (_, transport, after) => {
    const stream = subscribe(transport, api, casey, subscription('bidPlaced'), { orderId: open, after });
    expect(await stream.over()).toBe('complete');
    expect(stream.answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['CURSOR_INVALID']);
    stream.stop();
    await storedAtFirst();
  });

  // A vendor's streams of all orders, and its own, read one topic: only what the cursor says of its stream tells them apart.
  test.each(transports)('a vendor’s cursor of another of its streams over %s', async (transport) => {
    const [ofOrder, ofAnother, general] = [
      await cursorOf(api, vera, open),
      await cursorOf(api, vera, closed),
      await cursorOf(api, vera),
    ];
    for (const variables of [
      { orderId: open, after: general },
      { orderId: open, after: ofAnother },
      { after: ofOrder },
    ]) {
      const stream = subscribe(transport, api, vera, subscription('negotiationRequested'), variables);
      expect(await stream.over()).toBe('complete');
      expect(stream.answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['CURSOR_INVALID']);
      stream.stop();
    }
    await storedAtFirst();
  });

  test.each(transports)('what may not be seen, and what is not there, alike over %s', async (transport) => {
    const refusals = await Promise.all(
      [ottos, guessed(ottos)].map(async (orderId) => {
        const stream = subscribe(transport, api, casey, subscription('bidPlaced'), { orderId });
        expect(await stream.over()).toBe('complete');
        stream.stop();
        return stream.answers;
      }),
    );
    expect(refusals[0]?.[0]?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect(refusals[0]).toEqual(refusals[1]);
    await storedAtFirst();
  });
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});

afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
});
