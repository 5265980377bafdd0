/** The socket's own ways: who may connect and for how long, ids used again, frames that are wrong, and how it ends. */

import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { patiently } from '../support/patiently.ts';
import { placeBid, postOrder, serve } from './serve.ts';
import { connect, inOnePacket, operation, talk } from './talk.ts';

const served = await serve();
const hasty = await serve({ timings: { init: 50 } });
const attentive = await serve({ timings: { ping: 500 } });
const stopping = await serve({ timings: { goodbye: 200 } });
const bids = 'subscription ($orderId: ID!) { bidPlaced(orderId: $orderId) { amount { amount } } }';
const members = () => served.hub.stats().members;

describe('connecting', () => {
  test('a token names the viewer', async () => {
    const talking = await connect(served.url, await served.token('casey', 'customer'));
    talking.send(operation('1', '{ viewer { name role } }'));
    expect(await talking.next()).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { viewer: { name: 'casey', role: 'CUSTOMER' } } },
    });
    expect(await talking.next()).toEqual({ id: '1', type: 'complete' });
    talking.socket.terminate();
  });

  test.each([undefined, {}, { token: null }])('without a token (%j) one is nobody', async (payload) => {
    const talking = await talk(served.url);
    talking.send({ type: 'connection_init', payload });
    expect((await talking.next()).type).toBe('connection_ack');
    talking.send(operation('1', '{ viewer { name } serverTime }'));
    expect((await talking.next()).payload).toMatchObject({ data: { viewer: null } });
    await talking.next();
    talking.send(operation('2', 'subscription { bidPlaced { id } }'));
    const refused = await talking.next();
    expect(refused).toMatchObject({
      id: '2',
      type: 'next',
      payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
    expect(await talking.next()).toEqual({ id: '2', type: 'complete' });
    talking.socket.terminate();
  });

  test.each<[string, () => unknown]>([
    ['malformed', () => 'nonsense'],
    ['no text', () => 5],
    ['forged', async () => `${(await served.token('casey', 'customer')).slice(0, -6)}AAAAAA`],
    ['expired', () => served.token('casey', 'customer', -1)],
  ])('a token that is %s closes with 4403, and is not repeated', async (_, token) => {
    const talking = await talk(served.url);
    const sent = await token();
    talking.send({ type: 'connection_init', payload: { token: sent } });
    const { code, reason } = await talking.closed;
    expect(code).toBe(4403);
    expect(reason).not.toContain(String(sent));
    expect(talking.queued()).toEqual([]);
  });

  test('the socket closes with 4403 at the moment that the token expires', async () => {
    const talking = await connect(served.url, await served.token('casey', 'customer', 4));
    const order = await postOrder(served, await served.token('casey', 'customer'));
    talking.send(operation('1', bids, { orderId: order }));
    await vi.waitUntil(() => members() === 1, patiently);
    expect((await talking.closed).code).toBe(4403);
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('another subprotocol closes with 4406', async () => {
    expect((await (await talk(served.url, [])).closed).code).toBe(4406);
  });

  test('another path is not found', async () => {
    const socket = new WebSocket(`${served.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });
});

describe('frames that are wrong', () => {
  test.each<[number, string, unknown[]]>([
    [4400, 'no JSON', ['{']],
    [4400, 'no object', ['[]']],
    [4400, 'null', ['null']],
    [4400, 'no type', [{}]],
    [4400, 'an unknown type', [{ type: 'start', id: '1' }]],
    [4400, 'a message of the server', [{ type: 'next', id: '1', payload: {} }]],
    [4400, 'an operation without id', [{ type: 'subscribe', payload: { query: '{ serverTime }' } }]],
    [4400, 'an operation with an empty id', [operation('', '{ serverTime }')]],
    [4400, 'an operation without query', [{ id: '1', type: 'subscribe', payload: {} }]],
    [4400, 'variables that are no object', [{ id: '1', type: 'subscribe', payload: { query: '{ a }', variables: 5 } }]],
    [4429, 'a second connection_init', [{ type: 'connection_init' }]],
  ])('close with %i: %s', async (code, _, frames) => {
    const talking = await connect(served.url);
    talking.send(...frames);
    expect((await talking.closed).code).toBe(code);
  });

  test('close with 4400: a binary one', async () => {
    const talking = await connect(served.url);
    talking.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect((await talking.closed).code).toBe(4400);
  });

  test('close with 4401: an operation before the connection is acknowledged', async () => {
    const talking = await talk(served.url);
    talking.send(operation('1', '{ serverTime }'));
    expect((await talking.closed).code).toBe(4401);
  });

  test('close with 1009: more than a megabyte', async () => {
    const talking = await connect(served.url);
    talking.send({ type: 'ping', payload: { text: 'a'.repeat(1024 * 1024) } });
    expect((await talking.closed).code).toBe(1009);
  });

  test('close with 4408: no connection_init in time', async () => {
    expect((await (await talk(hasty.url)).closed).code).toBe(4408);
  });
});

describe('an operation', () => {
  test('that does not parse, does not validate or is not there is an error, and the socket stays', async () => {
    const talking = await connect(served.url);
    const refused = async (payload: object) => {
      talking.send({ id: '1', type: 'subscribe', payload });
      const frame = await talking.next();
      expect(frame).toMatchObject({ id: '1', type: 'error' });
      return (frame.payload as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);
    };
    expect(await refused({ query: '{' })).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await refused({ query: '{ nothing }' })).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await refused({ query: '{ nothing }' })).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await refused({ query: 'query A { __typename }', operationName: 'B' })).toEqual(['BAD_USER_INPUT']);
    expect(await refused({ query: `{ ${'__typename '.repeat(20_000)} }` })).toEqual(['GRAPHQL_PARSE_FAILED']);
    talking.send(operation('1', '{ __typename }'));
    expect((await talking.next()).payload).toEqual({ data: { __typename: 'Query' } });
    talking.socket.terminate();
  });

  test('with variables that do not fit answers BAD_USER_INPUT', async () => {
    const talking = await connect(served.url, await served.token('casey', 'customer'));
    talking.send(operation('1', 'query ($n: Int) { orders(first: $n) { cursor } }', { n: 'x' }));
    expect((await talking.next()).payload).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    talking.socket.terminate();
  });

  test('may be a mutation, and many may run at once', async () => {
    const talking = await connect(served.url, await served.token('casey', 'customer'));
    const create = `mutation ($title: String!) { createOrder(input: { title: $title, currency: "EUR" }) {
      ... on CreateOrderPayload { order { title } } ... on Refusal { message } } }`;
    const titles = Array.from({ length: 20 }, (_, nth) => `Order ${nth}`);
    talking.send(...titles.map((title) => operation(title, create, { title })));
    const made: unknown[] = [];
    while (made.length < titles.length) {
      const frame = await talking.next();
      if (frame.type === 'next') made.push(frame.payload);
    }
    expect(made).toHaveLength(20);
    expect(made).toContainEqual({ data: { createOrder: { order: { title: 'Order 7' } } } });
    talking.socket.terminate();
  });
});

describe('ids', () => {
  test('used again at once belong to the second operation, and the first is over', async () => {
    const casey = await served.token('casey', 'customer');
    const [first, second] = [await postOrder(served, casey), await postOrder(served, casey)];
    const talking = await connect(served.url, casey);
    inOnePacket(
      talking,
      operation('again', bids, { orderId: first }),
      { id: 'again', type: 'complete' },
      operation('again', bids, { orderId: second }),
    );
    await vi.waitUntil(() => members() === 1, patiently);
    const acme = await served.token('acme', 'vendor');
    await placeBid(served, acme, first, '900');
    await placeBid(served, acme, second, '800');
    expect(await talking.next()).toEqual({
      id: 'again',
      type: 'next',
      payload: { data: { bidPlaced: { amount: { amount: '800.00' } } } },
    });
    expect(members()).toBe(1);
    talking.send({ id: 'again', type: 'complete' });
    await vi.waitUntil(() => members() === 0, patiently);
    expect(talking.queued()).toEqual([]);
    talking.socket.terminate();
  });

  test('used again and again, on a stream that runs, leave no member behind', async () => {
    const casey = await served.token('casey', 'customer');
    const orderId = await postOrder(served, casey);
    const talking = await connect(served.url, casey);
    const again = [{ id: 'a', type: 'complete' }, operation('a', bids, { orderId })];
    inOnePacket(talking, operation('a', bids, { orderId }), ...again, ...again, ...again);
    await vi.waitUntil(() => members() === 1, patiently);
    inOnePacket(talking, ...again, ...again);
    const acme = await served.token('acme', 'vendor');
    let heard: string | undefined;
    void talking.next().then(({ type }) => {
      heard = type;
    });
    // Nothing tells when the last of them has begun to listen.
    for (let amount = 900; heard === undefined; amount -= 1) await placeBid(served, acme, orderId, String(amount));
    expect(heard).toBe('next');
    expect(members()).toBe(1);
    talking.socket.terminate();
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('of an operation that still runs close with 4409, and end it', async () => {
    const casey = await served.token('casey', 'customer');
    const orderId = await postOrder(served, casey);
    const talking = await connect(served.url, casey);
    talking.send(operation('1', bids, { orderId }));
    await vi.waitUntil(() => members() === 1, patiently);
    talking.send(operation('1', bids, { orderId }));
    expect(await talking.closed).toEqual({ code: 4409, reason: 'Subscriber already exists' });
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test.each([1, 200])('of one that has not begun yet close with 4409 too, %i characters long', async (length) => {
    const id = 'x'.repeat(length);
    const casey = await served.token('casey', 'customer');
    const orderId = await postOrder(served, casey);
    const talking = await connect(served.url, casey);
    inOnePacket(talking, operation(id, bids, { orderId }), operation(id, bids, { orderId }));
    expect(await talking.closed).toEqual({ code: 4409, reason: 'Subscriber already exists' });
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('may be any text, and completing an unknown one does nothing', async () => {
    const talking = await connect(served.url);
    const id = '"}] \u2028 1 __proto__';
    talking.send({ id: '1', type: 'complete' }, { id: '__proto__', type: 'complete' }, operation(id, '{ __typename }'));
    expect(await talking.next()).toEqual({ id, type: 'next', payload: { data: { __typename: 'Query' } } });
    expect(await talking.next()).toEqual({ id, type: 'complete' });
    talking.socket.terminate();
  });
});

describe('the end', () => {
  test('of a socket that is cut is the end of its members', async () => {
    const casey = await served.token('casey', 'customer');
    const orderId = await postOrder(served, casey);
    const talking = await connect(served.url, casey);
    talking.send(...Array.from({ length: 10 }, (_, nth) => operation(`${nth}`, bids, { orderId })));
    await vi.waitUntil(() => members() === 10, patiently);
    talking.socket.terminate();
    await vi.waitUntil(() => members() === 0, patiently);
  });

  test('comes for a socket that answers no ping', async () => {
    const [silent, lively] = [await connect(attentive.url), await connect(attentive.url)];
    silent.socket.pause();
    await vi.waitUntil(() => attentive.server.stats().sockets === 1, patiently);
    lively.send(operation('1', '{ __typename }'));
    expect((await lively.next()).type).toBe('next');
    silent.socket.terminate();
    lively.socket.terminate();
  });

  test('of the server closes every socket with a code that clients come back from', async () => {
    const sockets = await Promise.all([connect(stopping.url), connect(stopping.url), connect(stopping.url)]);
    sockets[0]?.socket.pause();
    await stopping.server.close(0);
    const codes = await Promise.all(sockets.slice(1).map(async ({ closed }) => (await closed).code));
    expect(codes).toEqual([1012, 1012]);
    expect(stopping.server.stats().sockets).toBe(0);
    sockets[0]?.socket.terminate();
  });
});
