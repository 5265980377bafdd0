/** The server over plain HTTP: requests and refusals, tokens, health. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { serve } from './serve.ts';

const served = await serve();
let database = (): Promise<unknown> => Promise.resolve();
let hub: 'live' | 'degraded' = 'live';
const troubled = await serve({ probes: { database: () => database(), hub: () => hub } });

const post = (body: string, headers: Record<string, string> = {}, url = served.url) =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const get = (path: string, headers: Record<string, string> = {}, url = served.url) =>
  fetch(`${url}${path}`, { headers });
const codesOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors.map(
    ({ extensions }) => extensions.code,
  );

describe('GraphQL over HTTP', () => {
  for (const audit of serverAudits({ url: `${served.url}/graphql`, fetchFn: fetch })) {
    test(`audit ${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      if (result.status === 'error') throw new Error(result.reason);
      // What the specification only recommends is kept as well.
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    });
  }

  test('any page may ask, since only a token tells who asks', async () => {
    const asked = await fetch(`${served.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example' },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await post('{"query":"{__typename}"}', {
      authorization: 'Bearer x',
      origin: 'https://shop.example',
    });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    await refused.text();
  });

  test('a client that would rather speak HTTP/2 is answered all the same', async () => {
    const headers = {
      'content-type': 'application/json',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    };
    const asking = request(`${served.url}/graphql`, { method: 'POST', headers });
    asking.end('{"query":"{__typename}"}');
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(await text(response)).toBe('{"data":{"__typename":"Query"}}');
  });

  test('a plain GET asks as nobody, whatever a browser adds by itself', async () => {
    const token = await served.token('casey', 'customer');
    const response = await get('/graphql?query={serverTime,viewer{name}}', { cookie: `token=${token}` });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { serverTime: expect.any(String) as string, viewer: null } });
  });

  test('a form of another page may ask as nobody, and do nothing', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://elsewhere.example' };
    expect(await (await post('query={viewer{name}}', form)).json()).toEqual({ data: { viewer: null } });
    const mutation = 'mutation{createOrder(input:{title:"x",currency:"EUR"}){__typename}}';
    expect(await codesOf(await post(new URLSearchParams({ query: mutation }).toString(), form))).toEqual([
      'UNAUTHENTICATED',
    ]);
  });

  test.each(['multipart/form-data; boundary=x', 'text/plain', 'application/xml'])(
    'what is posted as %s is not taken, and told why',
    async (type) => {
      const response = await post('--x--', { 'content-type': type });
      expect(response.status).toBe(415);
      expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
    },
  );

  test.each(['variables', 'extensions'])('%s in an address that are no JSON are 400', async (name) => {
    const response = await get(`/graphql?query={__typename}&${name}={`);
    expect(response.status).toBe(400);
    expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
  });

  test('a mutation whose answer would not be taken is not done', async () => {
    const authorization = `Bearer ${await served.token('picky', 'customer')}`;
    const query = 'mutation { createOrder(input: { title: "x", currency: "EUR" }) { __typename } }';
    const response = await post(JSON.stringify({ query }), { authorization, accept: 'text/plain' });
    expect(response.status).toBe(406);
    expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
    const orders = await post('{"query":"{ orders { edges { cursor } } }"}', { authorization });
    expect(await orders.json()).toEqual({ data: { orders: { edges: [] } } });
  });

  test('a subscription by one who takes no stream is told so', async () => {
    const authorization = `Bearer ${await served.token('picky', 'customer')}`;
    const query = 'subscription { orderUpdated { id } }';
    const response = await post(JSON.stringify({ query }), { authorization, accept: 'application/json' });
    expect(response.status).toBe(406);
    expect(((await response.json()) as { errors: { message: string }[] }).errors[0]?.message).toContain(
      'text/event-stream',
    );
    await expect.poll(() => served.server.stats().streams).toBe(0);
  });

  test.each(['application/json', 'application/graphql-response+json'])(
    'a refused token is told as the %s that was asked for',
    async (accept) => {
      const response = await post('{"query":"{ __typename }"}', { authorization: 'Bearer x', accept });
      expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
      expect(await codesOf(response)).toEqual(['UNAUTHENTICATED']);
    },
  );

  test('proxies are asked to hand on a stream as it comes', async () => {
    const authorization = `Bearer ${await served.token('casey', 'customer')}`;
    const query = 'subscription { orderUpdated { id } }';
    const response = await post(JSON.stringify({ query }), { authorization, accept: 'text/event-stream' });
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    await response.body?.cancel();
  });

  test.each([true, false])('a body of more than a megabyte is 413 (its length told: %j)', async (told) => {
    const bytes = new TextEncoder().encode(JSON.stringify({ query: `{ __typename } # ${'a'.repeat(1024 * 1024)}` }));
    const response = await fetch(`${served.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: told ? bytes : new Blob([bytes]).stream(),
      ...(told ? {} : { duplex: 'half' }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      errors: [{ message: 'A request has at most 1048576 bytes.', extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('a mutation by GET is not done', async () => {
    const query = encodeURIComponent('mutation { __typename }');
    const authorization = `Bearer ${await served.token('casey', 'customer')}`;
    const response = await get(`/graphql?query=${query}`, { authorization });
    expect(response.status).toBe(405);
    expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a token over HTTP', () => {
  test('names the viewer, by GET too', async () => {
    const token = await served.token('casey', 'customer');
    expect(await served.ask('{ viewer { name } }', { token })).toEqual({ data: { viewer: { name: 'casey' } } });
    const query = encodeURIComponent('{ viewer { name } }');
    const got = await get(`/graphql?query=${query}`, { authorization: `bearer ${token}` });
    expect(await got.json()).toEqual({ data: { viewer: { name: 'casey' } } });
  });

  test.each<[string, () => string | Promise<string>]>([
    ['another scheme', () => 'Basic YTpi'],
    ['no token', () => 'Bearer '],
    ['a malformed one', () => 'Bearer nonsense'],
    ['a forged one', async () => `Bearer ${(await served.token('casey', 'customer')).slice(0, -6)}AAAAAA`],
    ['an expired one', async () => `Bearer ${await served.token('casey', 'customer', -1)}`],
  ])('that is refused is 401, even for what needs none: %s', async (_, header) => {
    const authorization = await header();
    for (const accept of ['application/json', 'text/event-stream']) {
      const response = await post('{"query":"{ __typename }"}', { authorization, accept });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      const body = await response.text();
      expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(body).not.toContain(authorization.slice(8) || 'never empty');
    }
  });
});

describe('health', () => {
  test('the process is alive', async () => {
    const response = await get('/health/live');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'live' });
  });

  test('it can serve, as long as the database answers', async () => {
    const ready = async () => {
      const response = await get('/health/ready', {}, troubled.url);
      return { code: response.status, ...((await response.json()) as object) };
    };
    expect(await ready()).toEqual({ code: 200, status: 'ready', database: 'up', events: 'live' });
    hub = 'degraded';
    expect(await ready()).toEqual({ code: 200, status: 'degraded', database: 'up', events: 'degraded' });
    database = () => Promise.reject(new Error('away'));
    expect(await ready()).toEqual({ code: 503, status: 'unavailable', database: 'down', events: 'degraded' });
    database = () => new Promise(() => {});
    expect(await ready()).toMatchObject({ code: 503, database: 'down' });
  });
});
