/** What goes out by which way and when, and how long to wait before another try. */

import { expect, test } from 'vitest';
import { isEmailAddress } from '../../src/domain/address.ts';
import { pauseAfter, pauses } from '../../src/domain/pauses.ts';
import { channels, complete, mayGoOut, type Preference, without } from '../../src/domain/preferences.ts';

const now = new Date('2026-06-01T22:00:00Z');
const night = { from: '22:00', to: '07:00', timeZone: 'UTC' };
const morning = new Date('2026-06-02T07:00:00Z');
const preferences: Preference[] = [
  { action: null, channels: ['EMAIL'], quietHours: night },
  { action: 'bidConfirmed', channels: ['EMAIL', 'WEBHOOK'], quietHours: null },
  { action: 'bidPlaced', channels: [], quietHours: null },
];

test.each([
  ['bidConfirmed', 'EMAIL', now],
  ['bidConfirmed', 'WEBHOOK', now],
  ['bidPlaced', 'EMAIL', null],
  ['orderUpdated', 'EMAIL', morning],
  ['orderUpdated', 'WEBHOOK', null],
] as const)('%s by %s', (action, channel, when) => {
  expect(mayGoOut({ action }, channel, preferences, now)).toEqual(when);
});

test('who has said nothing is told by every way at once', () => {
  for (const channel of channels) expect(mayGoOut({ action: 'bidPlaced' }, channel, [], now)).toEqual(now);
  const own: Preference[] = [{ action: 'bidPlaced', channels: [], quietHours: null }];
  expect(mayGoOut({ action: 'bidConfirmed' }, 'EMAIL', own, now)).toEqual(now);
});

test('no more mails is no more mails whatever the action, and changes nothing else', () => {
  expect(without('EMAIL', preferences)).toEqual([
    { action: null, channels: [], quietHours: night },
    { action: 'bidConfirmed', channels: ['WEBHOOK'], quietHours: null },
    { action: 'bidPlaced', channels: [], quietHours: null },
  ]);
  expect(without('EMAIL', [])).toEqual([{ action: null, channels: ['WEBHOOK'], quietHours: null }]);
});

test('the preference for all others is always there, and first', () => {
  expect(complete([]).map(({ action }) => action)).toEqual([null]);
  expect(complete([...preferences].reverse()).map(({ action }) => action)).toEqual([null, 'bidPlaced', 'bidConfirmed']);
});

test('pauses grow, last about a day in all, and are at least ten', () => {
  expect([...pauses].sort((one, other) => one - other)).toEqual(pauses);
  const hours = pauses.reduce((sum, pause) => sum + pause) / 3_600_000;
  expect(hours).toBeGreaterThan(22);
  expect(hours).toBeLessThan(26);
  expect(pauses.length).toBeGreaterThan(10);
});

test('each attempt has its pause, give or take a tenth, and the last one none', () => {
  expect(pauseAfter(1, 0.5)).toBe(5_000);
  expect(pauseAfter(1, 0)).toBe(4_500);
  expect(pauseAfter(1, 1)).toBe(5_500);
  expect(pauseAfter(pauses.length, 0.5)).toBe(pauses.at(-1));
  expect(pauseAfter(pauses.length + 1, 0.5)).toBeNull();
});

test.each([
  ['ada@shop.example', true],
  ['a.b+c@x', true],
  ['ada@shop.example\r\nBcc: eve@evil.example', false],
  ['ada@shop.example,eve@evil.example', false],
  ['"a b"@shop.example', false],
  ['Ada <ada@shop.example>', false],
  ['ada', false],
  ['@shop.example', false],
  ['ada@-shop.example', false],
  [`${'a'.repeat(65)}@shop.example`, false],
  [`ada@${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`, false],
])('%j is an address: %s', (text, is) => expect(isEmailAddress(text)).toBe(is));
