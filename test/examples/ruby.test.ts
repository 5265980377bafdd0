/** The Ruby example: it notifies users who are on another process, and users who are away, as a host application does. */

import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { notificationReceived, notifications, read } from '../e2e/documents.ts';
import { type Data, openSocket, type Person, person } from '../e2e/outside.ts';
import { createProxy } from '../faults/proxy.ts';
import { secret, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { findRuby } from '../support/find-ruby.ts';
import { installation } from '../support/installation.ts';
import { patiently } from '../support/patiently.ts';
import { type Ended, example, type Running, start } from './program.ts';

const ruby = await findRuby();
const { url: databaseUrl } = await createTestDatabase();
const redisUrl = installation();
const network = await createProxy(Number(new URL(databaseUrl).port));
const throughNetwork = new URL(databaseUrl);
afterAll(() => network.close());
throughNetwork.host = `127.0.0.1:${network.port}`;
const [here, there, shaky] = await Promise.all([
  startApi({ databaseUrl, redisUrl }),
  startApi({ databaseUrl, redisUrl }),
  startApi({ databaseUrl: throughNetwork.href, redisUrl }),
]);
const shop = await person('shop', 'service');

function notifying(words: string[], { url = here.url, token = shop.token } = {}): Running {
  return start(ruby, ['-w', example('ruby/notify.rb'), ...words], { env: { HAGGLE_URL: url, HAGGLE_TOKEN: token } });
}
const notify = (...words: string[]): Promise<Ended> => notifying(words).ended;

const toldTo = async (who: Person): Promise<Data[]> =>
  (await read(there, who, notifications)).notifications.edges.map(({ node: { action, data } }: Data) => [action, data]);

test('who has a socket on another process is online, and hears it', async () => {
  const ada = await person('ada', 'customer');
  const socket = openSocket(there, ada);
  await socket.stays();
  const stream = socket.listen(notificationReceived);
  await vi.waitFor(
    async () => expect(await notify('ada', 'hello')).toEqual({ code: 0, said: 'online: true\n', complained: '' }),
    patiently,
  );
  const { data } = await stream.next();
  expect(data.notificationReceived.notification.action).toBe('hello');
  stream.stop();
  await socket.close();
});

test('who has none is not, and reads it on coming back, once however often it was told with the same key', {
  timeout: 60_000,
}, async () => {
  for (let time = 0; time < 2; time++) {
    const ended = await notify('bela', 'invoice.due', '{"days": 3, "of": "Zoë"}', 'invoice-7');
    expect(ended).toEqual({ code: 0, said: 'online: false\n', complained: '' });
  }
  const bela = await person('bela', 'vendor');
  expect(await toldTo(bela)).toEqual([['invoice.due', { days: 3, of: 'Zoë' }]]);
});

test('a refusal says what is wrong with what', async () => {
  expect(await notify('ada', 'no spaces')).toMatchObject({
    code: 1,
    said: '',
    complained: expect.stringMatching(/^refused: INVALID_INPUT: .*\n {2}action: must be /) as string,
  });
  expect(await notify('ada', 'other', '{}', 'invoice-7')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('refused: IDEMPOTENCY_KEY_REUSED') as string,
  });
});

test('a token that will not do is told at once', async () => {
  const ada = await person('ada', 'customer');
  const failed = async (token: string) => (await notifying(['ada', 'hello'], { token }).ended).complained;
  expect(await failed('nonsense')).toMatch(/^failed: UNAUTHENTICATED: [^\n]*\n$/);
  expect(await failed(ada.token)).toMatch(/^failed: FORBIDDEN: [^\n]*\n$/);
});

test('while the API cannot do it, it is asked again when the API says so, and done once', async () => {
  network.shut();
  const running = notifying(['dora', 'hello'], { url: shaky.url });
  await vi.waitFor(() => expect(running.complained()).toMatch(/^UNAVAILABLE, again in [1-9]/), patiently);
  network.open();
  expect(await running.ended).toMatchObject({ code: 0, said: 'online: false\n' });
  expect(await toldTo(await person('dora', 'customer'))).toEqual([['hello', null]]);
});

test('while nobody answers it is asked again as well', async () => {
  const nobody = await createProxy();
  onTestFinished(() => nobody.close());
  const running = notifying(['emil', 'hello'], { url: `http://127.0.0.1:${nobody.port}/graphql` });
  await vi.waitFor(() => expect(running.complained()).toMatch(/^BROKEN, again in /), patiently);
  nobody.target = Number(new URL(here.url).port);
  expect(await running.ended).toMatchObject({ code: 0, said: 'online: false\n' });
  expect(await toldTo(await person('emil', 'customer'))).toEqual([['hello', null]]);
});

test('a token that Ruby signed is taken', async () => {
  const words = [example('ruby/token.rb'), 'zoe', 'vendor', 'Zoë'];
  const { said: token } = await start(ruby, words, { env: { AUTH_SECRET: secret } }).ended;
  const zoe = { sub: 'zoe', name: 'Zoë', token: token.trim() };
  const { viewer } = await read(here, zoe, '{ viewer { name role externalId } }');
  expect(viewer).toEqual({ name: 'Zoë', role: 'VENDOR', externalId: 'zoe' });
});
