/** Revoked sessions: sockets and streams end on every process, and tokens from before open nothing any more. */

import { describe, expect, test } from 'vitest';
import { type Api, inSeconds, signClaims, startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { startRedis } from '../support/redis.ts';
import { cursorOf, perform, placeBid, postOrder, read, subscription } from './documents.ts';
import { openEvents, openSocket, type Person, person, post } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const redis = await startRedis();
const apis = (await Promise.all([1, 2].map(() => startApi({ databaseUrl, redisUrl: redis.url })))) as [Api, Api];
const [asked, other] = apis;
const backend = await person('backend', 'service');
const vera = await person('vera', 'vendor');

const signed = async (sub: string): Promise<Person> => {
  const claims = { sub, role: 'customer', name: sub, iat: inSeconds(0), exp: inSeconds(600) };
  return { sub, name: sub, token: await signClaims(claims) };
};

/** As soon as the clock allows: tokens tell only in whole seconds when they were issued. */
async function signedAnew(sub: string): Promise<Person> {
  const from = Date.now();
  for (;;) {
    const fresh = await signed(sub);
    if ((await post(asked, fresh, '{ serverTime }')).status === 200) return fresh;
    if (Date.now() - from > 3_000) throw new Error('A new token is still refused.');
  }
}

/** A socket that subscribes, one that does not, and a stream, on each process; each has heard one event. */
async function present(who: Person) {
  const orderId = await postOrder(asked, who);
  const variables = { orderId, after: await cursorOf(asked, who, orderId) };
  const idle = apis.map((api) => openSocket(api, who));
  const busy = apis.map((api) => openSocket(api, who));
  const heard = busy.map((socket) => socket.listen(subscription('bidPlaced'), variables));
  const streams = apis.map((api) => openEvents(api, who, subscription('bidPlaced'), variables));
  await Promise.all(idle.map((socket) => socket.stays()));
  await placeBid(asked, vera, orderId, '100');
  for (const stream of [...heard, ...streams]) expect(await stream.reached(1)).toHaveLength(1);
  return { orderId, sockets: [...idle, ...busy], heard, streams };
}

async function revoke(who: Person): Promise<void> {
  const userId = (await read(asked, who, '{ viewer { id } }')).viewer.id;
  const { user } = await perform(asked, backend, 'revokeSessions', { userId });
  expect(user.id).toBe(userId);
}

/** Answers after how many milliseconds everything that the user had open has ended as it should. */
async function endingOf({ sockets, streams }: Awaited<ReturnType<typeof present>>, from: number): Promise<number> {
  for (const socket of sockets) expect((await socket.closed).code).toBe(4403);
  for (const stream of streams) {
    expect(await stream.over()).toBe('complete');
    expect(stream.answers.at(-1)?.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  }
  return Date.now() - from;
}

async function expectRefused(who: Person): Promise<void> {
  for (const api of apis) {
    expect((await post(api, who, '{ viewer { id } }')).status).toBe(401);
    expect((await openSocket(api, who).closed).code).toBe(4403);
  }
}

describe('revoked sessions end on all processes, those of nobody else', () => {
  async function story(sub: string): Promise<number> {
    const [who, bystander] = [await signed(sub), await signed(`not ${sub}`)];
    const [theirs, others] = [await present(who), await present(bystander)];
    const from = Date.now();
    await revoke(who);
    const took = await endingOf(theirs, from);
    await expectRefused(who);

    await Promise.all(others.sockets.map((socket) => socket.stays()));
    await placeBid(other, vera, others.orderId, '90');
    for (const stream of [...others.heard, ...others.streams]) expect(await stream.reached(2)).toHaveLength(2);
    for (const stream of others.streams) stream.stop();
    await Promise.all(others.sockets.map((socket) => socket.close()));

    const fresh = await signedAnew(sub);
    const again = await present(fresh);
    await expectRefused(who);
    await Promise.all(again.sockets.map((socket) => socket.stays()));
    return took;
  }

  test('within a second, by the ring', async () => {
    expect(await story('casey')).toBeLessThan(1_000);
  });

  test('with every token that does not tell when it was issued', async () => {
    const who = await person('timeless', 'customer');
    const theirs = await present(who);
    await revoke(who);
    await endingOf(theirs, Date.now());
    await expectRefused(who);
  });

  test('within two seconds without Redis, by the sweep', async () => {
    await redis.kill();
    expect(await story('carol')).toBeLessThan(2_000);
  });
});
