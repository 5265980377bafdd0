/** The example for a shell runs through: against a server with a sign-in, and with tokens against one without. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { person } from '../e2e/outside.ts';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { findCurlAndJq } from '../support/find-curl.ts';
import { type Ended, example, start } from './program.ts';

const tools = await findCurlAndJq();
const { url: databaseUrl } = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'haggle-curl-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const open = await startApi({ databaseUrl, env: { AUTH_SECRET: '', DATA_DIR: folder } });
const closed = await startApi({ databaseUrl });

const market = (env: NodeJS.ProcessEnv): Promise<Ended> =>
  start({ command: 'sh', env: tools }, [example('curl/market.sh')], { env }).ended;

function expectMarket({ code, said, complained }: Ended, customer: string): void {
  expect({ code, complained }).toEqual({ code: 0, complained: '' });
  const answers = said.split('\n').filter((line) => line.startsWith('{'));
  expect(answers.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { viewer: { role: 'CUSTOMER', externalId: customer } },
    { createOrder: { order: { status: 'OPEN' } } },
    { placeBid: { bid: { revision: 1, amount: { amount: '1250.50' } } } },
    { data: { bidPlaced: { revision: 1, amount: { amount: '1250.50' } } } },
    { placeBid: { bid: { revision: 2, amount: { amount: '1199.00' } } } },
    { placeBid: { code: 'BID_NOT_LOWER', highest: { amount: '1198.99' } } },
    { data: { bidPlaced: { revision: 2, amount: { amount: '1199.00' } } } },
    { notify: { online: true, notification: { action: 'invoice.due' } } },
    { unreadNotifications: 3, notifications: { edges: [{ node: { action: 'invoice.due' } }, {}, {}] } },
    { markNotificationsRead: { unreadNotifications: 0 } },
  ]);
}

test('with the sign-in of a server in development, and again', { timeout: 60_000 }, async () => {
  for (let time = 0; time < 2; time++) expectMarket(await market({ HAGGLE_URL: open.url }), 'casey');
});

test('with tokens of the host application', { timeout: 60_000 }, async () => {
  const [customer, vendor, service] = await Promise.all([
    person('dana', 'customer'),
    person('vera', 'vendor'),
    person('office', 'service'),
  ]);
  const tokens = { CUSTOMER_TOKEN: customer.token, VENDOR_TOKEN: vendor.token, SERVICE_TOKEN: service.token };
  expectMarket(await market({ HAGGLE_URL: closed.url, ...tokens }), 'dana');
});

test('an error ends it, and is shown', async () => {
  const { code, complained } = await market({ HAGGLE_URL: open.url, CUSTOMER_TOKEN: 'nonsense' });
  expect(code).not.toBe(0);
  expect(complained).toContain('UNAUTHENTICATED');
});
