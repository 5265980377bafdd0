/** Webhooks against a real receiver: signed as the specification says, bounded in time and size, and never led elsewhere. */

import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import type { Told } from '../../src/domain/digest.ts';
import type { Message } from '../../src/notify/sender.ts';
import { createWebhook } from '../../src/notify/webhook.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { bidPlaced, message } from './told.ts';

const receiver = await startReceiver();
const elsewhere = await startReceiver();
const secret = `whsec_${Buffer.from('a key of thirty-two bytes, no less').toString('base64')}`;
const inApi = { id: (id: string) => `Notification ${id}`, data: ({ kind }: { kind: string }) => ({ of: kind }) };
const options = { url: receiver.url, secret, allowPrivate: true, inApi };
const send = (what: Message, more: object = {}) => createWebhook({ ...options, ...more }).send(what);

/** As the specification words it, without the library. */
const signatureOf = (id: string, timestamp: string, body: string, by: string): string =>
  `v1,${createHmac('sha256', Buffer.from(by.replace('whsec_', ''), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64')}`;

test('signatures are those of the specification: its test vector, by the library and by hand', () => {
  const [id, seconds, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'];
  const by = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  expect(new Webhook(by).sign(id, new Date(seconds * 1000), body)).toBe(signature);
  expect(signatureOf(id, String(seconds), body, by)).toBe(signature);
});

test('a digest is posted with the id of its message, when, and a signature that holds', async () => {
  receiver.answer(status(204));
  const what = message([bidPlaced('Chairs', '1250.50'), bidPlaced('Desks', '7.00')]);
  expect(await send(what)).toEqual({ sent: true });
  const [request] = receiver.requests;
  const headers: IncomingHttpHeaders = request?.headers ?? {};
  const body = request?.body ?? '';
  expect(request).toMatchObject({ method: 'POST', path: '/hooks' });
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': what.id });
  const timestamp = String(headers['webhook-timestamp']);
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(10);
  expect(headers['webhook-signature']).toBe(signatureOf(what.id, timestamp, body, secret));
  expect(JSON.parse(body)).toEqual({
    type: 'notifications.unread',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    data: {
      user: { externalId: 'ada' },
      notifications: what.digest.told.map(({ id, order }) => ({
        id: `Notification ${id}`,
        action: 'bidPlaced',
        title: order?.title,
        text: `A bid of INR ${order?.title === 'Chairs' ? '1250.50' : '7.00'}.`,
        data: { of: 'bidPlaced' },
        order: { externalId: 'order-7', title: order?.title },
        createdAt: '2026-11-23T12:00:00.250Z',
      })),
      more: 0,
    },
  });
});

test('a digest is no larger than receivers like to take: the rest is counted', async () => {
  receiver.answer(status(204));
  const large: Told = {
    ...bidPlaced(),
    order: null,
    happening: { kind: 'notified', orderId: null, data: { action: 'x', data: { title: 'é'.repeat(8_000) } } },
  };
  await createWebhook({ ...options, inApi: { ...inApi, data: ({ data }) => data } }).send(
    message(new Array(100).fill(large), null, 3),
  );
  const [{ body } = { body: '' }] = receiver.requests;
  const { data } = JSON.parse(body) as { data: { notifications: unknown[]; more: number } };
  expect(Buffer.byteLength(body)).toBeLessThan(600_000);
  expect(data.notifications.length).toBeGreaterThan(10);
  expect(data.notifications.length + data.more).toBe(103);
});

test('a receiver tells a bad signature: another secret, another body, another id, another time, an old one', async () => {
  receiver.answer(status(204));
  await send(message([bidPlaced()]));
  const { headers = {}, body = '' } = receiver.requests[0] ?? {};
  const given = headers as Record<string, string>;
  const verify = (changes: Record<string, string> = {}, text = body, by = secret) =>
    new Webhook(by).verify(text, { ...given, ...changes });
  expect(verify()).toEqual(JSON.parse(body));
  expect(() => verify({}, body, `whsec_${Buffer.from('another').toString('base64')}`)).toThrow('No matching signature');
  expect(() => verify({}, body.replace('1250.50', '1.00'))).toThrow('No matching signature');
  expect(() => verify({}, `${body} `)).toThrow('No matching signature');
  expect(() => verify({ 'webhook-id': 'another' })).toThrow('No matching signature');
  const later = String(Number(given['webhook-timestamp']) + 1);
  expect(() => verify({ 'webhook-timestamp': later })).toThrow('No matching signature');
  expect(() => verify({ 'webhook-timestamp': String(Number(later) - 600) })).toThrow('too old');
});

test.each([
  [200, { sent: true }],
  [202, { sent: true }],
  [400, { sent: false, error: 'HTTP 400', again: true }],
  [410, { sent: false, error: 'HTTP 410', again: false }],
  [500, { sent: false, error: 'HTTP 500', again: true }],
])('%s is understood', async (code, sent) => {
  receiver.answer(status(code));
  expect(await send(message([bidPlaced()]))).toEqual(sent);
});

test.each([301, 302, 307, 308])('a redirect (%s) is not followed', async (code) => {
  receiver.answer(status(code, { location: elsewhere.url }));
  expect(await send(message([bidPlaced()]))).toEqual({ sent: false, error: `HTTP ${code}`, again: true });
  expect(elsewhere.requests).toEqual([]);
});

test('without leave nothing goes to this machine, by address or by name', async () => {
  receiver.answer(status(204));
  const { port } = new URL(receiver.url);
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '127.1', 'localhost']) {
    const url = `http://${host}:${port}/hooks`;
    expect(await send(message([bidPlaced()]), { url, allowPrivate: false })).toEqual({
      sent: false,
      error: 'SPECIAL_ADDRESS',
      again: true,
    });
  }
  expect(receiver.requests).toEqual([]);
});

test('a receiver that does not answer in time is given up', async () => {
  receiver.answer(() => {});
  expect(await send(message([bidPlaced()]), { timeout: 100 })).toEqual({ sent: false, error: 'TIMEOUT', again: true });
});

test('a receiver that would rather speak another protocol is tried again', async () => {
  receiver.answer((response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
  });
  expect(await send(message([bidPlaced()]))).toEqual({ sent: false, error: 'HTTP 101', again: true });
});

test('a receiver that answers drop by drop is given up as well', async () => {
  receiver.answer((response) => {
    response.writeHead(200);
    const drops = setInterval(() => response.write('.'), 10);
    response.once('close', () => clearInterval(drops));
  });
  expect(await send(message([bidPlaced()]), { timeout: 200 })).toEqual({ sent: false, error: 'TIMEOUT', again: true });
});

test('of an endless answer only so much is read', async () => {
  const ended = Promise.withResolvers<void>();
  receiver.answer((response) => {
    response.once('close', ended.resolve);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', pour).writeHead(200);
    pour();
  });
  expect(await send(message([bidPlaced()]))).toEqual({ sent: true });
  await ended.promise;
});

test('a receiver that cuts the connection, or is not there, is tried again', async () => {
  receiver.answer((response) => response.destroy());
  expect(await send(message([bidPlaced()]))).toEqual({ sent: false, error: 'ECONNRESET', again: true });
  const url = 'http://127.0.0.1:9/';
  expect(await send(message([bidPlaced()]), { url })).toEqual({ sent: false, error: 'ECONNREFUSED', again: true });
});
