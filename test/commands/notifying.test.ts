/** Telling users anything: a command of no order, decided and saved together with those of orders. */

import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { events, topics, users } from '../../src/db/tables.ts';
import type { Refusal } from '../../src/domain/refusals.ts';
import { userTopic } from '../../src/domain/topics.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeOf, createMarket, done, type Market } from '../support/market.ts';

const { db } = await createTestDatabase();
const here = createMarket(db);
const there = createMarket(db);
const service = await here.user('SERVICE');

const toldTo = (userId: string) =>
  db
    .select()
    .from(events)
    .where(eq(events.topic, userTopic(userId)))
    .orderBy(events.position);
const usersNamed = (externalId: string) => db.select().from(users).where(eq(users.externalId, externalId));
const issuesOf = (outcome: { refused: Refusal } | object) =>
  'refused' in outcome && outcome.refused.code === 'INVALID_INPUT'
    ? outcome.refused.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    : [];

it('appends to the topic of its user alone, and rings', async () => {
  const vendor = await here.vendor();
  const data = { invoice: 7, lines: ['a', null, { deep: true }] };
  const about = done(await here.commands.notify(service, { to: vendor.externalId, action: 'invoice.paid', data }));
  expect(about.userId).toBe(vendor.id);
  const [entry, ...more] = await toldTo(vendor.id);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ id: about.notificationId, kind: 'notified', orderId: null, party: null, told: true });
  expect(entry?.data).toEqual({ action: 'invoice.paid', data });
  expect(here.rung.at(-1)).toMatchObject({ topic: userTopic(vendor.id), position: 1, id: about.notificationId });
});

it('makes a user that was not seen before, once, though many tell it something at the same time', async () => {
  const to = 'nobody has met me';
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, nth) =>
      (nth % 2 ? here : there).commands.notify(service, { to, action: 'hello', data: nth }),
    ),
  );
  const [user, ...others] = await usersNamed(to);
  expect(others).toEqual([]);
  expect(user).toMatchObject({ name: to, role: null });
  expect(new Set(outcomes.map((outcome) => done(outcome).userId))).toEqual(new Set([user?.id]));
  const told = await toldTo(user?.id ?? '');
  expect(told.map(({ position }) => position)).toEqual(told.map((_, nth) => nth + 1));
  expect(told.map(({ data }) => (data as { data: number }).data).toSorted((a, b) => a - b)).toEqual([
    ...Array(40).keys(),
  ]);
  const [head] = await db
    .select()
    .from(topics)
    .where(eq(topics.topic, userTopic(user?.id ?? '')));
  expect(head?.head).toBe(40);
});

it('with one key it happens once', async () => {
  const { externalId, id } = await here.customer();
  const input = { to: externalId, action: 'once', data: { a: 1 }, idempotencyKey: 'notify once' };
  const first = done(await here.commands.notify(service, input));
  expect(done(await there.commands.notify(service, input))).toEqual(first);
  expect(await toldTo(id)).toHaveLength(1);
  expect(codeOf(await here.commands.notify(service, { ...input, data: { a: 2 } }))).toBe('IDEMPOTENCY_KEY_REUSED');
});

it('is for services only', async () => {
  const vendor = await here.vendor();
  const input = { to: vendor.externalId, action: 'hello' };
  expect(codeOf(await here.commands.notify(vendor, input))).toBe('FORBIDDEN');
  expect(codeOf(await here.commands.notifyAll(vendor, { notifications: [input] }))).toBe('FORBIDDEN');
  expect(await toldTo(vendor.id)).toEqual([]);
});

const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

it.each([
  ['an empty action', { action: '' }, 'action must be 1 to 64 letters'],
  ['65 letters', { action: 'a'.repeat(65) }, 'action must be 1 to 64 letters'],
  ['a space', { action: 'two words' }, 'action must be 1 to 64 letters'],
  ['a letter of another alphabet', { action: 'naïve' }, 'action must be 1 to 64 letters'],
  ['a line break at the end', { action: 'hello\n' }, 'action must be 1 to 64 letters'],
  ['nobody', { to: '' }, 'to must have at least 1 character'],
  ['U+0000 in the user', { to: 'a\u0000' }, 'to must not contain U+0000'],
  ['more than 16 kB', { data: 'x'.repeat(16 * 1024 - 1) }, 'data must have at most 16384 bytes as JSON, and has 16385'],
  ['more than 16 kB of UTF-8', { data: 'ü'.repeat(8 * 1024) }, 'data must have at most 16384 bytes'],
  ['U+0000 deep within', { data: { a: [{ b: 'x\u0000' }] } }, 'data must not contain U+0000'],
  ['U+0000 in a name', { data: { 'a\u0000': 1 } }, 'data must not contain U+0000'],
  ['a lone surrogate', { data: ['\ud800'] }, 'data must not contain U+0000 or lone surrogates'],
  ['a number that is none', { data: [JSON.parse('1e999')] }, 'data must have no numbers beyond'],
  ['nesting without end', { data: nested(65) }, 'data must not be nested deeper than 64'],
  ['nesting to break the stack', { data: nested(6_000) }, 'data must not be nested deeper than 64'],
])('refuses %s', async (_, wrong, message) => {
  const [{ to }, count] = [{ to: 'who is never made' }, here.rung.length];
  const outcome = await here.commands.notify(service, { to, action: 'hello', ...wrong });
  expect(issuesOf(outcome)).toEqual([expect.stringContaining(message)]);
  const all = await here.commands.notifyAll(service, { notifications: [{ to, action: 'hello', ...wrong }] });
  expect(done(all).notifications.map(issuesOf)).toEqual([[expect.stringContaining(`notifications.0.${message}`)]]);
  expect([await usersNamed(to), here.rung.length]).toEqual([[], count]);
});

it.each([
  ['64 of all that may be in an action', { action: `aZ09._-${'x'.repeat(57)}` }],
  ['16 kB to the byte', { data: 'x'.repeat(16 * 1024 - 2) }],
  ['64 deep', { data: nested(63) }],
  ['a name that JavaScript minds', { data: JSON.parse('{"__proto__": {"a": 1}, "constructor": "x"}') }],
])('takes %s, and keeps it as it is', async (_, right) => {
  const vendor = await here.vendor();
  done(await here.commands.notify(service, { to: vendor.externalId, action: 'hello', ...right }));
  const [entry] = await toldTo(vendor.id);
  expect(JSON.stringify(entry?.data)).toBe(JSON.stringify({ data: null, action: 'hello', ...right }));
});

it('many at once have each their own answer, and are saved by one statement', async () => {
  const vendors = await here.vendors(3);
  const newcomer = 'first told among many';
  const notifications = [
    ...vendors.map(({ externalId }, nth) => ({ to: externalId, action: 'batch', data: nth })),
    { to: newcomer, action: 'batch', data: 'first' },
    { to: newcomer, action: 'not an action' },
    { to: newcomer, action: 'batch', data: 'second' },
    { to: newcomer, action: 'batch', idempotencyKey: 'mine' },
    'nonsense',
  ];
  const { notifications: answers } = done(await here.commands.notifyAll(service, { notifications }));
  expect(answers.map((answer) => ('done' in answer ? 'done' : issuesOf(answer)[0]))).toEqual([
    'done',
    'done',
    'done',
    'done',
    expect.stringContaining('notifications.4.action must be'),
    'done',
    expect.stringContaining('notifications.6.idempotencyKey is not for one of several'),
    expect.stringContaining('notifications.7'),
  ]);
  const [user] = await usersNamed(newcomer);
  expect((await toldTo(user?.id ?? '')).map(({ data }) => (data as { data: string }).data)).toEqual([
    'first',
    'second',
  ]);
  const entries = await Promise.all([...vendors.map(({ id }) => id), user?.id ?? ''].map(toldTo));
  expect(new Set(entries.flat().map(({ xid }) => xid)).size).toBe(1);
});

it('many at once with one key happen once, the refused ones too', async () => {
  const { externalId: to, id } = await here.customer();
  const notifications = [
    { to, action: 'many' },
    { to, action: '?' },
    { to, action: 'many' },
  ];
  const input = { notifications, idempotencyKey: 'many once' };
  const first = done(await here.commands.notifyAll(service, input));
  expect(done(await there.commands.notifyAll(service, input))).toEqual(first);
  expect(await toldTo(id)).toHaveLength(2);
  const other = { ...input, notifications: [...notifications, { to, action: 'more' }] };
  expect(codeOf(await here.commands.notifyAll(service, other))).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await toldTo(id)).toHaveLength(2);
});

it.each([0, 101])('%i at once are refused', async (count) => {
  const notifications = Array.from({ length: count }, () => ({ to: 'who is never made', action: 'many' }));
  expect(issuesOf(await here.commands.notifyAll(service, { notifications }))).toHaveLength(1);
  expect(await usersNamed('who is never made')).toEqual([]);
});

it('together with bids through two processes each has its own answer, and every topic its numbers', async () => {
  const customer = await here.customer();
  const orderId = await here.order(customer);
  const vendors = await here.vendors(20);
  const both = [here, there] as const;
  const answers = await Promise.all(
    vendors.flatMap((vendor, nth) => {
      const market = both[nth % 2] as Market;
      return [
        market.commands.placeBid(vendor, { orderId, amount: '10' }),
        market.commands.notify(service, { to: customer.externalId, action: 'bid.seen', data: nth }),
        market.commands.notify(service, { to: `crossed ${nth % 5}`, action: 'bid.seen' }),
      ];
    }),
  );
  expect(answers.map((answer) => codeOf(answer))).toEqual(answers.map(() => 'done'));
  const told = await toldTo(customer.id);
  expect(told.map(({ position }) => position)).toEqual(told.map((_, nth) => nth + 1));
  expect(told.filter(({ kind }) => kind === 'notified')).toHaveLength(20);
});
