/** How HTTP requests carry the token. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchWith } from '../../client/urql/token.ts';

const bodies: string[] = [];
const bearers: (string | undefined)[] = [];
const server = createServer((request, response) => {
  bearers.push(request.headers.authorization);
  request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
  response.writeHead(request.headers.authorization === 'Bearer old' ? 401 : 200, { connection: 'close' }).end();
});
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  bearers.length = 0;
  bodies.length = 0;
});

const post = { method: 'POST', body: 'the same' };

test('asks for the token anew for each request', async () => {
  let count = 0;
  const send = fetchWith(async () => `token ${++count}`);
  await send(url, post);
  await send(url, post);
  expect(bearers).toEqual(['Bearer token 1', 'Bearer token 2']);
});

test('carries none where there is none', async () => {
  await fetchWith(() => null)(url, post);
  expect(bearers).toEqual([undefined]);
});

test('asks for another after a 401, and sends the same once more', async () => {
  const answer = await fetchWith(({ refused }) => (refused ? 'new' : 'old'))(url, post);
  expect(answer.status).toBe(200);
  expect(bearers).toEqual(['Bearer old', 'Bearer new']);
  expect(bodies).toEqual(['the same', 'the same']);
});

test('lets a 401 be where there is no other token', async () => {
  const answer = await fetchWith(() => 'old')(url, post);
  expect(answer.status).toBe(401);
  expect(bearers).toEqual(['Bearer old']);
});
