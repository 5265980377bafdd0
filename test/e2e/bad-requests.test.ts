/** Queries, tokens and subscriptions that are wrong: each with its code, whatever carries them. */

import { describe, expect, test } from 'vitest';
import { inSeconds, signClaims } from '../support/api.ts';
import { api, both, casey, closed, empty, nothingLeaks, open, ottos, storedAtFirst, vera } from './bad-input.ts';
import { cursorOf, outcome, read, subscription } from './documents.ts';
import { guessed } from './ids.ts';
import { openSocket, post, subscribe, transports, type Variables } from './outside.ts';

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
