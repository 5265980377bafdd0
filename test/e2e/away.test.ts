/** Two processes, a mail server and a receiver: who is away is told once by each channel, who is here or has read is not. */

import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { startReceiver } from '../support/receiver.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { notifications, perform, read } from './documents.ts';
import { openSocket, type Person, person } from './outside.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const sink = await startSmtpSink();
const receiver = await startReceiver();
const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const env = {
  ...{ FALLBACK_AFTER: '1', SMTP_URL: sink.url, MAIL_FROM: 'no-reply@haggle.example' },
  ...{
    PUBLIC_URL: 'https://haggle.example',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  },
};
const redisUrl = installation();
const start = () => startApi({ databaseUrl, redisUrl, env });
const [one, two] = await Promise.all([start(), start()]);
const backend = await person('backend', 'service');

const emailOf = ({ sub }: Person) => `${sub}@shop.example`;
async function reachable(sub: string): Promise<Person> {
  const who = await person(sub, 'vendor');
  const contact = `mutation ($input: SetContactInput!) { setContact(input: $input) { __typename } }`;
  await read(one, backend, contact, { input: { user: sub, email: emailOf(who) } });
  return who;
}
const tell = (to: Person, data: object = {}) =>
  perform(one, backend, 'notify', { to: to.sub, action: 'invoice.due', data });
const mailsTo = (who: Person) => sink.mails.filter(({ recipients }) => recipients.includes(emailOf(who)));
const webhooksFor = ({ sub }: Person) => receiver.requests.filter(({ body }) => body.includes(`"externalId":"${sub}"`));
/** Until nothing waits any more. */
const settled = () =>
  vi.waitFor(async () => {
    const [row] = await db.$client`select (select count(*) from fallbacks) + (
      select count(*) from deliveries where state = 'PENDING') as left`;
    expect(Number(row?.['left'])).toBe(0);
  }, patiently);

test('offline: mail and webhook, once each; on a socket of another process, or read: none', async () => {
  const [away, here, reader] = (await Promise.all(['away', 'here', 'reader'].map(reachable))) as [
    Person,
    Person,
    Person,
  ];
  const socket = openSocket(two, here);
  await socket.ask('{ viewer { id } }');
  await vi.waitFor(async () => expect((await tell(here)).online).toBe(true), patiently);
  expect((await tell(away, { title: 'Invoice 7' })).online).toBe(false);
  expect((await tell(reader)).online).toBe(false);
  const list = await read(two, reader, notifications);
  const [{ node } = { node: null }] = list.notifications.edges;
  await read(
    two,
    reader,
    'mutation ($upTo: Cursor!) { markNotificationsRead(input: { upTo: $upTo }) { __typename } }',
    {
      upTo: node.cursor,
    },
  );
  await settled();
  await socket.close();
  expect([mailsTo(away).length, webhooksFor(away).length]).toEqual([1, 1]);
  expect(mailsTo(away)[0]?.subject).toBe('Invoice 7');
  for (const who of [here, reader]) expect([mailsTo(who).length, webhooksFor(who).length]).toEqual([0, 0]);

  const [{ headers, body } = { headers: {}, body: '' }] = webhooksFor(away);
  const sent = new Webhook(secret).verify(body, headers as Record<string, string>) as {
    data: { notifications: { id: string }[] };
  };
  const mine = (await read(one, away, notifications)).notifications.edges;
  expect(sent.data.notifications.map(({ id }) => id)).toEqual(
    mine.map((edge: { node: { id: string } }) => edge.node.id),
  );
});

test('a process that is killed right after it has answered leaves it to another one', async () => {
  const who = await reachable('late');
  await tell(who);
  await one.kill();
  await vi.waitFor(() => expect([mailsTo(who).length, webhooksFor(who).length]).toEqual([1, 1]), patiently);
  await settled();
  expect([mailsTo(who).length, webhooksFor(who).length]).toEqual([1, 1]);
  for (const api of [one, two]) expect(api.said()).not.toContain('@shop.example');
});
