/** Revoking sessions: a command of no order, decided and saved together with those of orders. */

import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { events, topics, users } from '../../src/db/tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';

const { db } = await createTestDatabase();
const here = createMarket(db);
const there = createMarket(db);
const both = [here, there] as const;
const service = await here.user('SERVICE');

const ofSessions = () => db.select().from(events).where(eq(events.topic, 'sessions')).orderBy(events.position);
const revokedAt = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0]?.revokedAt;

it('keeps when, and tells every process', async () => {
  const user = await here.vendor();
  expect(done(await here.commands.revokeSessions(service, { userId: user.id }))).toEqual({ userId: user.id });
  const [told] = (await ofSessions()).slice(-1);
  expect(told).toMatchObject({ kind: 'sessionsRevoked', orderId: null, party: null, told: false });
  expect(told?.data).toEqual({ userId: user.id, revokedAt: (await revokedAt(user.id))?.toISOString() });
  expect(here.rung.at(-1)).toMatchObject({ topic: 'sessions', position: told?.position, orderId: null });
});

it('is for services only, and for users that exist', async () => {
  const vendor = await here.vendor();
  expect(codeOf(await here.commands.revokeSessions(vendor, { userId: vendor.id }))).toBe('FORBIDDEN');
  expect(codeOf(await here.commands.revokeSessions(service, { userId: crypto.randomUUID() }))).toBe('NOT_FOUND');
  expect(await revokedAt(vendor.id)).toBeNull();
});

it('with one key it happens once, and later without one again', async () => {
  const user = await here.vendor();
  const input = { userId: user.id, idempotencyKey: 'once' };
  done(await here.commands.revokeSessions(service, input));
  const [first, count] = [await revokedAt(user.id), (await ofSessions()).length];
  expect(done(await there.commands.revokeSessions(service, input))).toEqual({ userId: user.id });
  expect([await revokedAt(user.id), (await ofSessions()).length]).toEqual([first, count]);
  const other = await there.commands.revokeSessions(service, { ...input, userId: service.id });
  expect(codeOf(other)).toBe('IDEMPOTENCY_KEY_REUSED');
  done(await there.commands.revokeSessions(service, { userId: user.id }));
  expect(Number(await revokedAt(user.id))).toBeGreaterThan(Number(first));
});

it('together with bids through two processes each has its own answer, and every topic its numbers', async () => {
  const orderId = await here.order(await here.customer());
  const vendors = await here.vendors(20);
  const answers = await Promise.all(
    vendors.flatMap((vendor, nth) => {
      const [market, other] = [both[nth % 2] as Market, both[(nth + 1) % 2] as Market];
      const bid = market.commands.placeBid(vendor, { orderId, amount: '10' });
      const revoking = [market, other].map(({ commands }) => commands.revokeSessions(service, { userId: vendor.id }));
      return [bid, ...revoking];
    }),
  );
  expect(answers.map((answer) => codeOf(answer))).toEqual(answers.map(() => 'done'));
  for (const topic of ['sessions', `order:${orderId}`]) {
    const numbers = (await db.select().from(events).where(eq(events.topic, topic)).orderBy(events.position)).map(
      ({ position }) => position,
    );
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const [head] = await db.select().from(topics).where(eq(topics.topic, topic));
    expect(head?.head).toBe(numbers.length);
  }
  for (const { id } of vendors) expect(await revokedAt(id)).toBeInstanceOf(Date);
});
