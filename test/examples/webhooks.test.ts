/** The Ruby example of a receiver: it takes what this program signs, each once, and nothing else. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, expect, test, vi } from 'vitest';
import { freePort } from '../../src/db/embedded/server.ts';
import type { Message } from '../../src/notify/sender.ts';
import { createWebhook } from '../../src/notify/webhook.ts';
import { perform, placeBid, postOrder } from '../e2e/documents.ts';
import { person } from '../e2e/outside.ts';
import { bidPlaced, message } from '../notify/told.ts';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { findRuby } from '../support/find-ruby.ts';
import { patiently } from '../support/patiently.ts';
import { startReceiver } from '../support/receiver.ts';
import { example, type Running, start } from './program.ts';

const ruby = await findRuby();
const database = await createTestDatabase();
const receiver = await startReceiver();
const port = await freePort();
const folder = await mkdtemp(join(tmpdir(), 'haggle-webhooks-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const secretOf = (key: string): string => `whsec_${Buffer.from(key).toString('base64')}`;
const secret = secretOf('a key of thirty-two bytes, no less');
const another = secretOf('another key of thirty-two bytes ..');
/** With webhooks to a port where a test has a receiver. */
const api = await startApi({
  databaseUrl: database.url,
  env: {
    FALLBACK_AFTER: '1',
    WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  },
});
const inApi = { id: (id: string) => id, data: () => null };

/** As this program sends it. */
const send = (what: Message, url = receiver.url, by = secret) =>
  createWebhook({ url, secret: by, allowPrivate: true, inApi }).send(what);

type Signed = { id: string; timestamp: string; signature: string; body: string };

async function sent(by = secret): Promise<Signed> {
  receiver.requests.length = 0;
  await send(message([bidPlaced('Zoë’s chairs')]), receiver.url, by);
  const { headers = {}, body = '' } = receiver.requests[0] ?? {};
  const header = (name: string) => String(headers[`webhook-${name}`]);
  return { id: header('id'), timestamp: header('timestamp'), signature: header('signature'), body };
}

async function verify({ id, timestamp, signature, body }: Signed, secrets = secret): Promise<string> {
  const words = ['-w', example('ruby/verify_webhook.rb'), id, timestamp, signature];
  const { code, said, complained } = await start(ruby, words, { env: { WEBHOOK_SECRET: secrets }, input: body }).ended;
  if (code === 0 && complained === '') return said === `${body}\n` ? 'genuine' : said;
  return complained.trim();
}

const wrong = 'forged: No signature is right.';
const far = 'forged: The timestamp is too far from now.';

test('what this program signs is genuine', async () => {
  expect(await verify(await sent())).toBe('genuine');
});

test('another body, id, time or secret is told, were it by one byte', async () => {
  const given = await sent();
  expect(await verify({ ...given, body: given.body.replace('1250.50', '1250.51') })).toBe(wrong);
  expect(await verify({ ...given, body: `${given.body} ` })).toBe(wrong);
  expect(await verify({ ...given, id: `${given.id}x` })).toBe(wrong);
  expect(await verify({ ...given, timestamp: String(Number(given.timestamp) - 1) })).toBe(wrong);
  expect(await verify(given, another)).toBe(wrong);
  expect(await verify(await sent(another))).toBe(wrong);
});

test('a time that is far away is told though its signature is right, and so is what is no time', async () => {
  const given = await sent();
  for (const [minutes, verdict] of [
    [-6, far],
    [6, far],
    [-4, 'genuine'],
    [4, 'genuine'],
  ] as const) {
    const at = new Date(Date.now() + minutes * 60_000);
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const signature = new Webhook(secret).sign(given.id, at, given.body);
    expect(await verify({ ...given, timestamp, signature })).toBe(verdict);
  }
  expect(await verify({ ...given, timestamp: 'now' })).toBe('forged: The timestamp is no number of seconds.');
  expect(await verify({ ...given, signature: '' })).toBe('forged: A header is missing.');
});

test('one right signature among several will do, with one right secret among several, but of v1 only', async () => {
  const given = await sent();
  const other = new Webhook(another).sign(given.id, new Date(Number(given.timestamp) * 1000), given.body);
  expect(await verify({ ...given, signature: `v1a,xyz ${other} ${given.signature}` })).toBe('genuine');
  expect(await verify(given, `${another} ${secret}`)).toBe('genuine');
  expect(await verify({ ...given, signature: `${other} ${given.signature.replace('v1,', 'v2,')}` })).toBe(wrong);
});

test('an empty secret verifies nothing', async () => {
  const given = await sent();
  expect(await verify(given, 'whsec_')).toContain('The secret of webhooks is empty.');
});

async function receive(file: string, at = 0): Promise<{ url: string; running: Running }> {
  const words = ['-w', example('ruby/receive_webhooks.rb'), join(folder, file)];
  const running = start(ruby, words, { env: { WEBHOOK_SECRET: secret, PORT: String(at) } });
  const url = await vi.waitUntil(() => /listening on (\S+)/.exec(running.said())?.[1], patiently);
  return { url, running };
}
/** What it prints may come after its answer. */
const untilSaid = (running: Running, lines: string[]): Promise<void> =>
  vi.waitFor(() => expect(running.said().split('\n').slice(1, -1)).toEqual(lines), patiently);

test('the receiver takes each once, also after it has been killed, and refuses what is forged', async () => {
  const what = message([bidPlaced('Chairs', '900.00'), bidPlaced('Desks', '7.00')]);
  const first = await receive('taken');
  for (let time = 0; time < 2; time++) expect(await send(what, first.url)).toEqual({ sent: true });
  await untilSaid(first.running, ['ada: Chairs: A bid of INR 900.00.', 'ada: Desks: A bid of INR 7.00.']);
  const refused = { sent: false, error: 'HTTP 401', again: true };
  expect(await send(message([bidPlaced()]), first.url, another)).toEqual(refused);
  await first.running.end('SIGKILL');

  const second = await receive('taken');
  expect(await send(what, second.url)).toEqual({ sent: true });
  expect(await send(message([bidPlaced('Lamps', '3.00')], null, 7), second.url)).toEqual({ sent: true });
  await untilSaid(second.running, ['ada: Lamps: A bid of INR 3.00.', 'ada: and 7 more']);
});

test('what a customer was told while away arrives at the receiver, from order to webhook', async () => {
  const { running } = await receive('end-to-end', port);
  const [casey, vera, shop] = await Promise.all([
    person('casey', 'customer'),
    person('vera', 'vendor'),
    person('shop', 'service'),
  ]);
  await placeBid(api, vera, await postOrder(api, casey), '900');
  await perform(api, shop, 'notify', {
    to: 'casey',
    action: 'invoice.due',
    data: { days: 3, text: 'Three days left.' },
  });
  await untilSaid(running, ['casey: Chairs: A bid of INR 900.00.', 'casey: Three days left.']);
  expect(running.complained()).toBe('');
});
