/** Mails through a real SMTP server: readable as text and as HTML, unsubscribed from with one click, retried where it helps. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Told } from '../../src/domain/digest.ts';
import { createMail, unsubscribeUrl } from '../../src/notify/mail.ts';
import { mailOf } from '../../src/notify/mail-text.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { bidPlaced, message } from './told.ts';

const sink = await startSmtpSink();
const publicUrl = 'https://haggle.example';
const from = 'Haggle <no-reply@haggle.example>';

function mail(options: { smtpUrl?: string; timeout?: number } = {}) {
  const sender = createMail({ smtpUrl: sink.url, from, publicUrl, ...options });
  onTestFinished(() => sender.close());
  return sender;
}

test('a mail says from whom, to whom, and what has happened, twice', async () => {
  const what = message([bidPlaced('Chairs', '1250.50'), bidPlaced('Desks', '7.00')]);
  expect(await mail().send(what)).toEqual({ sent: true });
  const got = sink.mails.at(-1);
  expect(got?.recipients).toEqual(['ada@shop.example']);
  expect(got?.subject).toBe('2 notifications');
  expect(got?.from?.text).toBe('"Haggle" <no-reply@haggle.example>');
  expect(got?.messageId).toBe(`<${what.id}@haggle.example>`);
  for (const part of [got?.text, got?.html]) {
    for (const words of ['Chairs', 'A bid of INR 1250.50.', 'Desks', 'A bid of INR 7.00.'])
      expect(part).toContain(words);
    expect(part).toContain(`https://haggle.example/unsubscribe/${what.to.unsubscribeToken}`);
  }
});

test('one click ends them: the headers name the same address as the text, and not the user', async () => {
  const what = message([bidPlaced()]);
  await mail().send(what);
  const { headerLines = [] } = sink.mails.at(-1) ?? {};
  const line = (key: string) => headerLines.find((header) => header.key === key)?.line;
  const url = unsubscribeUrl(publicUrl, what.to.unsubscribeToken);
  expect(line('list-unsubscribe')?.replace(/\s+/g, ' ')).toBe(`List-Unsubscribe: <${url}>`);
  expect(line('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  expect(line('auto-submitted')).toBe('Auto-Submitted: auto-generated');
});

test('what people write stays text: no tags, no headers, no second recipient', async () => {
  const title = 'Chairs</h2><script>alert(1)</script> & "more"\r\nBcc: eve@evil.example\u2028\u0007x';
  const what = message([bidPlaced(title)]);
  await mail().send({ ...what, to: { ...what.to, name: 'Ada\r\nBcc: eve@evil.example' } });
  const got = sink.mails.at(-1);
  expect(got?.recipients).toEqual(['ada@shop.example']);
  expect(got?.bcc).toBeUndefined();
  expect(got?.to).toMatchObject({ value: [{ name: 'Ada Bcc: eve@evil.example' }] });
  expect(got?.html).not.toContain('<script');
  expect(got?.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot; Bcc: eve@evil.example x');
  expect(got?.subject).toBe(
    'Chairs</h2><script>alert(1)</script> & "more" Bcc: eve@evil.example x: A bid of INR 1250.50.',
  );
});

test('what happened to one order stands together, and of very much only the first are shown', () => {
  const orderId = '00000000-0000-4000-8000-000000000000';
  const of = (count: number, more = 0) =>
    message(
      Array.from({ length: count }, (_, nth) => bidPlaced('Chairs', `${count - nth}.00`, orderId)),
      null,
      more,
    ).digest;
  const links = { unsubscribe: 'https://x.example/u' };
  expect(mailOf(of(2), links).text).toMatch(/^Chairs\n- A bid of INR 2\.00\.\n- A bid of INR 1\.00\.\n\n-- \n/);
  const many = mailOf(of(25), links);
  expect(many.subject).toBe('25 notifications');
  for (const part of [many.text, many.html]) {
    expect(part.match(/A bid of/g)).toHaveLength(20);
    expect(part).toContain('And 5 more.');
  }
  expect(mailOf(of(100, 900), links)).toMatchObject({
    subject: '1000 notifications',
    text: expect.stringContaining('And 980 more.') as string,
  });
});

test('a subject is cut where it would be longer than a line of a mail may be', async () => {
  await mail().send(message([bidPlaced('C'.repeat(15_000))]));
  expect(sink.mails.at(-1)?.subject).toMatch(/^C{149}…$/);
});

test('a bid that was placed again may have gone either way', () => {
  const told = bidPlaced('Chairs', '7.00');
  const happening = { ...told.happening, data: { ...told.happening.data, revision: 2 } } as Told['happening'];
  expect(mailOf(message([{ ...told, happening }]).digest, { unsubscribe: '' }).subject).toBe(
    'Chairs: A bid was changed to INR 7.00.',
  );
});

test.each([
  [450, { sent: false, error: 'SMTP 450', again: true }],
  [421, { sent: false, error: 'SMTP 421', again: true }],
  [550, { sent: false, error: 'SMTP 550', again: false }],
])('%s is understood, and the address is not repeated', async (code, sent) => {
  sink.refuse(code);
  onTestFinished(() => sink.refuse(null));
  expect(await mail().send(message([bidPlaced()]))).toEqual(sent);
});

test('without an address nothing is tried', async () => {
  const before = sink.mails.length;
  expect(await mail().send(message([bidPlaced()], null))).toEqual({ sent: false, error: 'NO_ADDRESS', again: false });
  expect(sink.mails).toHaveLength(before);
});

test('a server that is not there, or does not answer in time, is tried again', async () => {
  const away = mail({ smtpUrl: 'smtp://127.0.0.1:9' });
  expect(await away.send(message([bidPlaced()]))).toMatchObject({ sent: false, again: true });
  const release = sink.hold();
  const slow = mail({ timeout: 200 });
  expect(await slow.send(message([bidPlaced()]))).toEqual({ sent: false, error: 'TIMEOUT', again: true });
  release();
});

test.each([
  [554, (socket: Socket) => socket.end('554 not from there\r\n')],
  [
    530,
    (socket: Socket) =>
      socket
        .on('data', (said) => socket.write(`${said}`.startsWith('EHLO') ? '250 hi\r\n' : '530 who?\r\n'))
        .write('220 hi\r\n'),
  ],
])('a server that does not want us at all (%s) is tried again: no mail is at fault', async (code, refuse) => {
  const server = createServer((socket) => refuse(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const sender = mail({ smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` });
  expect(await sender.send(message([bidPlaced()]))).toEqual({ sent: false, error: `SMTP ${code}`, again: true });
});
