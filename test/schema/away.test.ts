/** What users and services say and ask of being told while away: preferences, addresses, and what could not be delivered. */

import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { deliveries, users } from '../../src/db/tables.ts';
import { createAsking } from './asking.ts';

const asking = await createAsking();
const { ask, read, gid, db } = asking;
let vendor: Viewer;
let customer: Viewer;
let service: Viewer;

beforeAll(async () => {
  vendor = await asking.vendor();
  customer = await asking.customer();
  service = await asking.user('SERVICE');
});

const shown = '{ action channels quietHours { from to timeZone } }';
const set = `mutation ($input: SetPreferencesInput!) { setPreferences(input: $input) {
  ... on SetPreferencesPayload { preferences ${shown} }
  ... on InvalidInput { code issues { path message } } } }`;
const preferring = async (viewer: Viewer, ...preferences: object[]) =>
  (await read(viewer, set, { input: { preferences } })).setPreferences;
const all = { action: null, channels: ['EMAIL', 'WEBHOOK'], quietHours: null };
const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };

describe('preferences', () => {
  it('say everything to who has set nothing, and the viewer alone sets its own', async () => {
    expect(await read(vendor, `{ preferences ${shown} }`)).toEqual({ preferences: [all] });
    const mine = { action: 'bidPlaced', channels: ['EMAIL'], quietHours: night };
    expect(await preferring(vendor, mine)).toEqual({ preferences: [all, mine] });
    expect(await read(vendor, `{ preferences ${shown} }`)).toEqual({ preferences: [all, mine] });
    expect(await read(customer, `{ preferences ${shown} }`)).toEqual({ preferences: [all] });
  });

  it('take the place of those there were, whole', async () => {
    await preferring(vendor, { action: 'bidPlaced', channels: [] });
    const silent = { action: null, channels: [], quietHours: null };
    expect(await preferring(vendor, { channels: [] })).toEqual({ preferences: [silent] });
    expect(await preferring(vendor)).toEqual({ preferences: [all] });
  });

  it('name each channel once, in one order', async () => {
    const { preferences } = await preferring(vendor, { channels: ['WEBHOOK', 'EMAIL', 'WEBHOOK'] });
    expect(preferences).toEqual([all]);
  });

  it.each([
    [[{ action: 'no spaces', channels: [] }], ['preferences', '0', 'action']],
    [[{ action: 'x'.repeat(65), channels: [] }], ['preferences', '0', 'action']],
    [[{ channels: [], quietHours: { ...night, from: '24:00' } }], ['preferences', '0', 'quietHours', 'from']],
    [[{ channels: [], quietHours: { ...night, to: '7:00' } }], ['preferences', '0', 'quietHours', 'to']],
    [[{ channels: [], quietHours: { ...night, to: '22:00' } }], ['preferences', '0', 'quietHours', 'to']],
    [[{ channels: [], quietHours: { ...night, timeZone: '+02:00' } }], ['preferences', '0', 'quietHours', 'timeZone']],
    [[{ channels: [] }, { action: null, channels: [] }], ['preferences']],
    [Array.from({ length: 101 }, (_, nth) => ({ action: `a${nth}`, channels: [] })), ['preferences']],
  ])('refuse %j at %j', async (preferences, path) => {
    const refused = await preferring(vendor, ...preferences);
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path }] });
  });

  it('are not for services, nor without a token', async () => {
    expect((await ask(service, `{ preferences ${shown} }`)).codes).toEqual(['FORBIDDEN']);
    expect((await ask(service, set, { input: { preferences: [] } })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(null, `{ preferences ${shown} }`)).codes).toEqual(['UNAUTHENTICATED']);
  });
});

const contact = `mutation ($input: SetContactInput!) { setContact(input: $input) {
  ... on SetContactPayload { user { id externalId name email role } }
  ... on InvalidInput { issues { path } } } }`;
const reach = async (input: object) => (await read(service, contact, { input })).setContact;

describe('addresses', () => {
  it('are set by services, before those of tokens, and taken back', async () => {
    await db.update(users).set({ email: 'token@shop.example' }).where(eq(users.id, vendor.id));
    const emailOf = async () => (await read(vendor, '{ viewer { email } }')).viewer.email;
    expect(await emailOf()).toBe('token@shop.example');
    expect(await reach({ user: vendor.externalId, email: 'given@shop.example' })).toMatchObject({
      user: { id: gid('User', vendor.id), email: 'given@shop.example' },
    });
    expect(await emailOf()).toBe('given@shop.example');
    await reach({ user: vendor.externalId });
    expect(await emailOf()).toBe('token@shop.example');
  });

  it('make a user that was not seen yet', async () => {
    expect(await reach({ user: 'new', email: 'new@shop.example' })).toMatchObject({
      user: { externalId: 'new', name: 'new', email: 'new@shop.example', role: null },
    });
  });

  it('are seen by the user itself and by services', async () => {
    const bidder = await asking.vendor();
    await asking.bid(bidder, await asking.order(customer), '10');
    await reach({ user: bidder.externalId, email: 'bidder@shop.example' });
    const text = `{ node(id: "${gid('User', bidder.id)}") { ... on User { name email } } }`;
    expect((await read(customer, text)).node).toEqual({ name: 'vendor', email: null });
    for (const viewer of [bidder, service]) expect((await read(viewer, text)).node.email).toBe('bidder@shop.example');
  });

  it.each([
    [{ user: 'x', email: 'nobody' }, ['email']],
    [{ user: 'x', email: 'a@b.c\r\nBcc: d@e.f' }, ['email']],
    [{ user: ' ', email: null }, ['user']],
  ])('refuse %j', async (input, path) => {
    expect(await reach(input)).toEqual({ issues: [{ path }] });
  });

  it('are for services', async () => {
    for (const viewer of [vendor, customer]) {
      expect((await ask(viewer, contact, { input: { user: 'x' } })).codes).toEqual(['FORBIDDEN']);
    }
  });
});

const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
  failedDeliveries(first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { id user { externalId } channel state attempts lastError notifications createdAt endedAt } } } }`;
const retry = `mutation ($id: ID!) { retryDelivery(input: { deliveryId: $id }) { __typename
  ... on RetryDeliveryPayload { delivery { id state attempts endedAt } }
  ... on DeliveryNotFailed { code delivery { state } } } }`;

/** One that failed so many minutes ago. */
async function failed(minutes: number, state: 'FAILED' | 'SENT' = 'FAILED'): Promise<string> {
  const [row] = await db
    .insert(deliveries)
    .values({
      ...{ id: crypto.randomUUID(), userId: vendor.id, channel: 'WEBHOOK', state, positions: [1, 2] },
      ...{ attempts: 13, nextAt: new Date(), lastError: 'HTTP 503' },
      endedAt: new Date(Date.now() - minutes * 60_000),
    })
    .returning();
  return gid('Delivery', row?.id ?? '');
}

describe('what could not be delivered', () => {
  it('is listed for services, latest first, in pages', async () => {
    await db.execute(sql`delete from deliveries`);
    const ids = [];
    for (const minutes of [3, 2, 1]) ids.unshift(await failed(minutes));
    await failed(0, 'SENT');
    const page = async (variables: object) => {
      const { edges, pageInfo } = (await read(service, list, { ...variables })).failedDeliveries;
      return { ids: edges.map(({ node }: { node: { id: string } }) => node.id), pageInfo, edges };
    };
    const first = await page({ first: 2 });
    expect(first.ids).toEqual(ids.slice(0, 2));
    expect(first.edges[0].node).toMatchObject({
      ...{ user: { externalId: vendor.externalId }, channel: 'WEBHOOK', state: 'FAILED', attempts: 13 },
      ...{ lastError: 'HTTP 503', notifications: 2 },
    });
    expect((await page({ first: 2, after: first.pageInfo.endCursor })).ids).toEqual(ids.slice(2));
    const last = await page({ last: 2 });
    expect(last.ids).toEqual(ids.slice(1));
    expect((await page({ last: 2, before: last.pageInfo.startCursor })).ids).toEqual(ids.slice(0, 1));
  });

  it('is for services only, by its id too', async () => {
    const id = await failed(1);
    const byId = `{ node(id: "${id}") { id } }`;
    expect((await read(service, byId)).node).toEqual({ id });
    for (const viewer of [vendor, customer]) {
      expect((await ask(viewer, list)).codes).toEqual(['FORBIDDEN']);
      expect((await ask(viewer, retry, { id })).codes).toEqual(['FORBIDDEN']);
      expect((await read(viewer, byId)).node).toBeNull();
    }
  });

  it('can be tried again, once: then it has not failed any more', async () => {
    const id = await failed(1);
    expect((await read(service, retry, { id })).retryDelivery).toEqual({
      __typename: 'RetryDeliveryPayload',
      delivery: { id, state: 'PENDING', attempts: 0, endedAt: null },
    });
    expect((await read(service, retry, { id })).retryDelivery).toEqual({
      __typename: 'DeliveryNotFailed',
      code: 'DELIVERY_NOT_FAILED',
      delivery: { state: 'PENDING' },
    });
    expect((await ask(service, retry, { id: gid('Delivery', crypto.randomUUID()) })).codes).toEqual(['NOT_FOUND']);
    expect((await ask(service, retry, { id: gid('User', vendor.id) })).codes).toEqual(['BAD_USER_INPUT']);
  });
});
