/** The link in mails: a GET only asks, a POST ends them, for the user whose token it is and for no other. */

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { users } from '../../src/db/tables.ts';
import { serve } from './serve.ts';

const served = await serve();

async function user(sub: string) {
  const token = await served.token(sub, 'vendor');
  await served.ask('{ viewer { id } }', { token });
  const [row] = await served.db.select().from(users).where(eq(users.externalId, sub));
  const preferences = async () =>
    (await served.ask('{ preferences { action channels } }', { token })).data?.['preferences'];
  const set = (preferring: string) =>
    served.ask(`mutation { setPreferences(input: { preferences: ${preferring} }) { __typename } }`, { token });
  return { link: `${served.url}/unsubscribe/${row?.unsubscribeToken}`, preferences, set };
}

const unsaid = [{ action: null, channels: ['EMAIL', 'WEBHOOK'] }];

test('to look at it changes nothing', async () => {
  const ada = await user('ada');
  const response = await fetch(ada.link);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(await response.text()).toContain('<form method="post"><button>');
  expect(await ada.preferences()).toEqual(unsaid);
});

test('one click of a mail program ends all mails of this user, and nothing else', async () => {
  const [bob, eve] = [await user('bob'), await user('eve')];
  await bob.set('[{ channels: [EMAIL, WEBHOOK] }, { action: "bidPlaced", channels: [EMAIL] }]');
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  for (let nth = 0; nth < 2; nth += 1) {
    expect((await fetch(bob.link, { method: 'POST', body })).status).toBe(200);
    expect(await bob.preferences()).toEqual([
      { action: null, channels: ['WEBHOOK'] },
      { action: 'bidPlaced', channels: [] },
    ]);
  }
  expect(await eve.preferences()).toEqual(unsaid);
  await bob.set('[]');
  expect(await bob.preferences()).toEqual(unsaid);
});

test.each([randomUUID(), 'x', '', '../graphql', "' or 1=1 --", randomUUID().toUpperCase()])(
  'a token that was sent to nobody does not work: %s',
  async (token) => {
    const path = `${served.url}/unsubscribe/${encodeURIComponent(token)}`;
    expect((await fetch(path, { method: 'POST' })).status).toBe(404);
  },
);

test('a look does not tell whether a token is good', async () => {
  const zoe = await user('zoe');
  const [good, bad] = await Promise.all([fetch(zoe.link), fetch(`${served.url}/unsubscribe/${randomUUID()}`)]);
  expect([bad.status, await bad.text()]).toEqual([good.status, await good.text()]);
  expect((await fetch(zoe.link, { method: 'DELETE' })).status).toBe(405);
});
