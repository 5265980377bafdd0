/** Those who are away are told once by each channel, together, and not of what they do not want or have seen. */

import { desc, eq, sql } from 'drizzle-orm';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { deliveries, events, fallbacks } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { createOffice } from './away-office.ts';

const { db } = await createTestDatabase();
const sink = await startSmtpSink();
const receiver = await startReceiver();
const office = createOffice(db, { smtp: sink.url, webhook: receiver.url });
const { market, tell, vendor, of } = office;

beforeEach(() => {
  sink.refuse(null);
  receiver.answer(status(204));
});

const mailsTo = (user: { email: string }) => sink.mails.filter(({ recipients }) => recipients.includes(user.email));
type Body = { data: { user: { externalId: string }; notifications: { action: string; text: string }[]; more: number } };
const webhooks = () =>
  receiver.requests.map(({ headers, body }) => ({ id: headers['webhook-id'], ...(JSON.parse(body) as Body) }));
const webhooksFor = (user: Viewer) => webhooks().filter(({ data }) => data.user.externalId === user.externalId);
/** Until everything about a user has been looked at and has ended or waits for another time. */
const settled = (user: Viewer) =>
  vi.waitFor(async () => {
    expect(await db.select().from(fallbacks).where(eq(fallbacks.userId, user.id))).toEqual([]);
    for (const { state, nextAt } of await of(user))
      expect(state !== 'PENDING' || nextAt > new Date(Date.now() + 60_000)).toBe(true);
  }, patiently);
const hour = (more: number) => `${String((new Date().getUTCHours() + more) % 24).padStart(2, '0')}:00`;
const prefer = async (user: Viewer, ...preferences: object[]) =>
  done(await market.commands.setPreferences(user, { preferences }));

test('who is away is told by mail and webhook, once each, after the delay', async () => {
  office.open();
  const away = await vendor();
  await tell(away);
  expect(await db.select().from(fallbacks).where(eq(fallbacks.userId, away.id))).toHaveLength(1);
  await settled(away);
  expect(mailsTo(away)).toHaveLength(1);
  expect(mailsTo(away)[0]?.text).toContain('The customer asks all bidders to go lower.');
  expect(webhooksFor(away)).toMatchObject([{ data: { notifications: [{ action: 'negotiationRequested' }] } }]);
  expect((await of(away)).map(({ state, attempts }) => [state, attempts])).toEqual([
    ['SENT', 1],
    ['SENT', 1],
  ]);
});

test('who is here when it happens is not, though it leaves before the delay is over', async () => {
  office.open();
  const [here, away] = [await vendor(), await vendor()];
  office.presence.enter(here.id);
  await tell(here, away);
  office.presence.leave(here.id);
  await settled(here);
  await settled(away);
  expect([mailsTo(here).length, webhooksFor(here).length]).toEqual([0, 0]);
  expect([mailsTo(away).length, webhooksFor(away).length]).toEqual([1, 1]);
});

test('what was read before the delay is over is left out, also of a digest that waits for another try', async () => {
  const [early, late] = [await vendor(), await vendor()];
  await tell(early, late);
  const read = async (user: Viewer) => {
    const [last] = await db
      .select()
      .from(events)
      .where(eq(events.topic, `user:${user.id}`))
      .orderBy(desc(events.position))
      .limit(1);
    if (last) await market.commands.markNotificationsRead(user, { position: last.position, tag: String(last.tag) });
  };
  await read(early);
  receiver.answer(status(503));
  office.open({ channels: ['WEBHOOK'], timings: { pauses: new Array<number>(1_000).fill(50) } });
  await vi.waitFor(() => expect(webhooksFor(late).length).toBeGreaterThan(0), patiently);
  await read(late);
  await settled(late);
  expect([await of(early), await of(late)]).toEqual([[], []]);
  expect(webhooksFor(early)).toEqual([]);
});

test('what a service tells goes out in its own words, to one that was never seen as well', async () => {
  office.open();
  const service = await market.user('SERVICE');
  const to = 'never seen';
  done(await market.commands.setContact(service, { user: to, email: 'new@shop.example' }));
  done(
    await market.commands.notify(service, {
      to,
      action: 'invoice.due',
      data: { title: 'Invoice 7', text: 'Due on Monday.', n: 7 },
    }),
  );
  done(await market.commands.notify(service, { to, action: 'invoice.paid', data: [1] }));
  await vi.waitFor(() => expect(mailsTo({ email: 'new@shop.example' })).toHaveLength(1), patiently);
  const [mail] = mailsTo({ email: 'new@shop.example' });
  for (const words of ['Invoice 7', 'Due on Monday.', 'invoice.paid']) expect(mail?.text).toContain(words);
  await vi.waitFor(() => expect(webhooks()).toHaveLength(1), patiently);
  expect(webhooks()[0]?.data).toMatchObject({
    user: { externalId: to },
    notifications: [
      { action: 'invoice.due', title: 'Invoice 7', text: 'Due on Monday.', data: { n: 7 } },
      { action: 'invoice.paid', title: 'invoice.paid', text: '', data: [1] },
    ],
  });
});

test('a burst is one digest', async () => {
  office.open();
  const away = await vendor();
  await Promise.all(Array.from({ length: 12 }, () => tell(away)));
  await settled(away);
  expect(mailsTo(away).map(({ subject }) => subject)).toEqual(['12 notifications']);
  expect(webhooksFor(away).map(({ data }) => data.notifications.length)).toEqual([12]);
});

test('of a burst of thousands a webhook tells the first and counts the rest', async () => {
  const away = await vendor();
  await tell(away);
  await db.execute(sql`
    with told as (
      insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
      select topic, position + n, n, gen_random_uuid(), kind, order_id, data, party, told, at
      from events, generate_series(1, 20000) n where topic = ${`user:${away.id}`} and told
      returning topic, position
    ), heads as (
      update topics set head = (select max(position) from told) where topic = (select min(topic) from told)
    )
    update fallbacks set upto = (select max(position) from told) where user_id = ${away.id}`);
  office.open();
  await settled(away);
  expect(mailsTo(away).map(({ subject }) => subject)).toEqual(['20001 notifications']);
  const [{ data } = { data: { notifications: [], more: 0 } }, ...others] = webhooksFor(away);
  expect([data.notifications.length, data.more, others.length]).toEqual([100, 19_901, 0]);
});

test('who does something is not told of it, and customers are told of bids without a name', async () => {
  office.open();
  const [customer, bidder] = [await market.customer('Carla'), await market.vendor('Victor Vendor')];
  const orderId = await market.order(customer);
  await market.bid(bidder, orderId, '1250.5');
  await settled(customer);
  expect(webhooksFor(customer)[0]?.data.notifications).toMatchObject([
    {
      action: 'bidPlaced',
      text: 'A bid of INR 1250.50.',
      data: { revision: 1, amount: { amount: '1250.50', currency: 'INR' } },
    },
  ]);
  const said = receiver.requests.map(({ body }) => body).join();
  for (const secret of [bidder.name, bidder.id, bidder.externalId]) expect(said).not.toContain(secret);
  expect(await of(bidder)).toEqual([]);
});

test('without an address there is no mail, and without a channel nothing waits', async () => {
  office.open();
  const away = await market.vendor();
  await tell(away);
  await settled(away);
  expect((await of(away)).map(({ channel }) => channel)).toEqual(['WEBHOOK']);
});

test('a receiver that is down for ten tries and then up gets it once, always by the same id', async () => {
  office.open({ channels: ['WEBHOOK'], timings: { pauses: Array.from({ length: 12 }, (_, nth) => 5 + nth) } });
  receiver.answer((response, nth) => status(nth <= 10 ? 503 : 200)(response, nth));
  const away = await vendor();
  await tell(away);
  await settled(away);
  expect(webhooks()).toHaveLength(11);
  expect(new Set(webhooks().map(({ id }) => id)).size).toBe(1);
  expect(await of(away)).toMatchObject([{ state: 'SENT', attempts: 11 }]);
});

test('a receiver that stays down is given up, and may be tried again', async () => {
  office.open({ channels: ['WEBHOOK'], timings: { pauses: [5, 5] } });
  receiver.answer(status(500));
  const away = await vendor();
  await tell(away);
  await settled(away);
  expect(await of(away)).toMatchObject([{ state: 'FAILED', attempts: 3, lastError: 'HTTP 500' }]);
  const [{ id: deliveryId } = { id: '' }] = await of(away);
  receiver.answer(status(200));
  const service = await market.user('SERVICE');
  done(await market.commands.retryDelivery(service, { deliveryId }));
  await settled(away);
  expect(webhooks().map(({ id }) => id)).toEqual([deliveryId]);
  expect(await of(away)).toMatchObject([{ state: 'SENT', attempts: 1, lastError: null }]);
});

test('a mail that is refused for good is given up at once, one that is not now is tried again', async () => {
  office.open({ channels: ['EMAIL'], timings: { pauses: new Array<number>(1_000).fill(20) } });
  sink.refuse(550);
  const [gone, busy] = [await vendor(), await vendor()];
  await tell(gone);
  await settled(gone);
  expect(await of(gone)).toMatchObject([{ state: 'FAILED', attempts: 1, lastError: 'SMTP 550' }]);
  const before = sink.refused();
  sink.refuse(451);
  await tell(busy);
  await vi.waitFor(() => expect(sink.refused()).toBeGreaterThan(before + 1), patiently);
  sink.refuse(null);
  await settled(busy);
  expect(mailsTo(busy)).toHaveLength(1);
  expect(await of(busy)).toMatchObject([{ state: 'SENT', lastError: null }]);
});

test('what a user does not want is left out, by channel and by action', async () => {
  office.open();
  const [noMail, noneOfThis] = [await vendor(), await vendor()];
  await prefer(noMail, { channels: ['WEBHOOK'] });
  await prefer(noneOfThis, { channels: ['EMAIL'] }, { action: 'negotiationRequested', channels: [] });
  await tell(noMail, noneOfThis);
  await settled(noMail);
  await settled(noneOfThis);
  expect([mailsTo(noMail).length, webhooksFor(noMail).length]).toEqual([0, 1]);
  expect([mailsTo(noneOfThis).length, webhooksFor(noneOfThis).length]).toEqual([0, 0]);
});

test('in quiet hours it waits for their end, and what comes meanwhile goes along', async () => {
  office.open({ channels: ['WEBHOOK'] });
  const away = await vendor();
  await prefer(away, { channels: ['WEBHOOK'], quietHours: { from: hour(23), to: hour(2), timeZone: 'UTC' } });
  await tell(away);
  await settled(away);
  await tell(away);
  await settled(away);
  const [waiting, ...others] = await of(away);
  expect(others).toEqual([]);
  expect(waiting).toMatchObject({ state: 'PENDING', attempts: 0 });
  expect(waiting?.nextAt.toISOString()).toMatch(/:00:00\.000Z$/);
  expect(receiver.requests).toEqual([]);
  await prefer(away, { channels: ['WEBHOOK'] });
  await db.execute(sql`update deliveries set next_at = clock_timestamp() where id = ${waiting?.id}`);
  await settled(away);
  expect(webhooks()).toMatchObject([{ id: waiting?.id, data: { notifications: [{}, {}] } }]);
});

test('what came into quiet hours while it was tried waits, and what is not wanted any more is not sent', async () => {
  office.open({ channels: ['WEBHOOK'], timings: { pauses: [60_000] } });
  receiver.answer(status(500));
  const [quiet, over] = [await vendor(), await vendor()];
  await tell(quiet, over);
  const waits = async (user: Viewer) =>
    expect(await of(user)).toMatchObject([{ attempts: 1, lease: null, lastError: 'HTTP 500' }]);
  for (const user of [quiet, over]) await vi.waitFor(() => waits(user), patiently);
  receiver.answer(status(200));
  await prefer(quiet, { channels: ['WEBHOOK'], quietHours: { from: hour(23), to: hour(2), timeZone: 'UTC' } });
  await prefer(over, { channels: [] });
  for (const { id } of [quiet, over]) {
    await db.update(deliveries).set({ nextAt: new Date() }).where(eq(deliveries.userId, id));
  }
  await vi.waitFor(async () => expect(await of(over)).toEqual([]), patiently);
  await settled(quiet);
  expect(await of(quiet)).toMatchObject([{ state: 'PENDING', attempts: 1 }]);
  expect(webhooks()).toEqual([]);
});

test('a digest whose notifications are gone is not sent', async () => {
  const away = await vendor();
  await tell(away);
  await db.execute(sql`delete from events where topic = ${`user:${away.id}`}`);
  office.open();
  await settled(away);
  expect([mailsTo(away).length, webhooksFor(away).length, (await of(away)).length]).toEqual([0, 0, 0]);
});

test('nothing that is logged has an address or a token in it', async () => {
  const said = office.said.join('\n');
  expect(said).toContain('a digest was delivered');
  for (const secret of ['@', 'nsubscribe', 'whsec']) expect(said).not.toContain(secret);
});
