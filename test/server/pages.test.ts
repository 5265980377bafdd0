/** What a browser gets: the pages, GraphiQL with its examples, and the sign-in of development. */

import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { readExamples } from '../../src/server/graphiql/examples.ts';
import { serve } from './serve.ts';

const examples = await readExamples();
const served = await serve();
const inDevelopment = await serve({ signIn: true });

const get = (path: string, headers: Record<string, string> = {}, url = served.url) =>
  fetch(`${url}${path}`, { headers });

describe('pages', () => {
  test('/ says where to look', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('href="/graphql"');
  });

  test('what is not there is 404', async () => {
    for (const path of ['/nothing', '/graphql/', '/health', '/dev/sign-in'])
      expect((await drained(get(path))).status).toBe(404);
  });

  test('GraphiQL is whole: nothing in it is loaded from elsewhere', async () => {
    const response = await get('/graphql', { accept: 'text/html' }, inDevelopment.url);
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'");
    const page = await response.text();
    // Tags within strings of a script are no tags: what counts is what comes before and after the scripts.
    const markup = page.replaceAll(/<script>[\s\S]*?<\/script>/g, '').replaceAll(/<style>[\s\S]*?<\/style>/g, '');
    expect(markup).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
    expect(page).not.toMatch(/<script[^>]+src=|<link[^>]+stylesheet[^>]+https?:/i);
    expect(page).not.toMatch(/@import\s+(url\()?["']?https?:/);
    expect(page).toContain('YogaGraphiQL.renderYogaGraphiQL');
    expect(page).toContain('mutation PlaceBid');
    expect(page).toContain('sign-in-bar');
  });

  test.each([served, inDevelopment])('GraphiQL’s tabs stay under the pointer that chooses them', async ({ url }) => {
    const page = await get('/graphql', { accept: 'text/html' }, url);
    expect(await page.text()).toMatch(/<style>\.graphiql-tab \{ transform: none !important; \}/);
  });

  test('GraphiQL comes compressed, and not again while it is the same', async () => {
    const first = await get('/graphql', { accept: 'text/html', 'accept-encoding': 'gzip' });
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(await first.text()).not.toContain('sign-in-bar');
    const etag = first.headers.get('etag') ?? '';
    expect((await get('/graphql', { accept: 'text/html', 'if-none-match': etag })).status).toBe(304);
    const plain = await get('/graphql', { accept: 'text/html', 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toContain('YogaGraphiQL.renderYogaGraphiQL');
  });

  test.each(examples.map(({ query }) => [/(query|mutation|subscription) \w+/.exec(query)?.[0], query]))(
    'the example %s fits the schema',
    (_, query = '') => {
      expect(validate(schema, parse(query))).toEqual([]);
    },
  );
});

describe('the sign-in of development', () => {
  const signIn = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${inDevelopment.url}/dev/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  test('answers a token for whoever is named', async () => {
    const response = await signIn({ sub: 'acme', role: 'vendor', name: 'Acme' });
    const { token, ...rest } = (await response.json()) as { token: string };
    expect(rest).toMatchObject({ name: 'Acme', role: 'VENDOR' });
    expect(await inDevelopment.ask('{ viewer { name role } }', { token })).toEqual({
      data: { viewer: { name: 'Acme', role: 'VENDOR' } },
    });
  });

  test('is there in development only, and only by POST', async () => {
    expect((await drained(fetch(`${served.url}/dev/sign-in`, { method: 'POST' }))).status).toBe(404);
    expect((await drained(get('/dev/sign-in', {}, inDevelopment.url))).status).toBe(405);
  });

  test.each<[number, string, unknown, Record<string, string>]>([
    [403, 'from another page', { sub: 'a', role: 'vendor' }, { origin: 'https://elsewhere.example' }],
    [403, 'from a page without origin', { sub: 'a', role: 'vendor' }, { origin: 'null' }],
    [403, 'from another site, as the browser says', { sub: 'a', role: 'vendor' }, { 'sec-fetch-site': 'cross-site' }],
    [415, 'as text', { sub: 'a', role: 'vendor' }, { 'content-type': 'text/plain' }],
    [400, 'without JSON', '{', {}],
    [400, 'as null', 'null', {}],
    [400, 'without a role', { sub: 'a' }, {}],
    [400, 'with an unknown role', { sub: 'a', role: 'admin' }, {}],
    [400, 'without a sub', { sub: '', role: 'vendor' }, {}],
    [400, 'with U+0000', { sub: 'a\u0000', role: 'vendor' }, {}],
    [400, 'with too much', { sub: 'a', role: 'vendor', name: 'a'.repeat(20_000) }, {}],
  ])('refuses with %i what comes %s', async (status, _, body, headers) => {
    const response = await drained(signIn(body, headers));
    expect(response.status).toBe(status);
  });
});

async function drained(response: Promise<Response>): Promise<Response> {
  const got = await response;
  await got.text();
  return got;
}
