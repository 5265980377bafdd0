/** Following revocations: each is heard once, and what a restore took away makes every user be read anew. */

import { expect, onTestFinished, test, vi } from 'vitest';
import { createHistory } from '../../src/db/events.ts';
import type { Revocation } from '../../src/domain/sessions.ts';
import { followRevocations } from '../../src/jobs/revocations.ts';
import { createLog } from '../../src/log.ts';
import { createHub } from '../../src/pubsub/hub.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createRing } from '../../src/pubsub/ring.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';

const { db } = await createTestDatabase();
const log = createLog({ level: 'silent', pretty: false, output: process.stderr });

/** A process that follows, and a market whose commands ring there. */
async function follower() {
  const pubsub = createMemoryPubSub();
  const hub = createHub({ pubsub, history: createHistory(db), log, timings: { sweepEvery: 50 } });
  const market = createMarket(db, createRing(pubsub));
  const heard: Revocation[] = [];
  const missed = vi.fn<() => void>();
  const revocations = await followRevocations({ hub, log, onRevoked: (one) => heard.push(one), onMissed: missed });
  onTestFinished(async () => {
    await revocations.stop();
    await hub.close();
    await pubsub.close();
  });
  const service = await market.user('SERVICE');
  const revoke = async () => {
    const { id: userId } = await market.vendor();
    done(await market.commands.revokeSessions(service, { userId }));
    return userId;
  };
  return { hub, revocations, heard, missed, revoke, users: () => heard.map(({ userId }) => userId) };
}

test('hears what is revoked from now on, by its own process and by others', async () => {
  const early = await follower();
  const first = await early.revoke();
  const late = await follower();
  const second = await late.revoke();
  await vi.waitFor(() => expect(early.users()).toEqual([first, second]), patiently);
  await vi.waitFor(() => expect(late.users()).toEqual([second]), patiently);
  expect(early.missed).not.toHaveBeenCalled();
});

test('goes on when the database tells another history, and tells that something may have been missed', async () => {
  const { revoke, users, missed } = await follower();
  const before = [await revoke(), await revoke()];
  await vi.waitFor(() => expect(users()).toEqual(before), patiently);
  // As a restore does, with nobody's connection lost: the last number is given out again.
  await db.$client`delete from events where topic = 'sessions' and position = (
    select max(position) from events where topic = 'sessions')`;
  await db.$client`update topics set head = position, tag = events.tag from events
    where topics.topic = 'sessions' and events.topic = 'sessions' and position = head - 1`;
  const after = await revoke();
  await vi.waitFor(() => expect(missed).toHaveBeenCalled(), patiently);
  await vi.waitFor(() => expect(users().at(-1)).toBe(after), patiently);
});

test('stops following when it is told to, and when the hub is closed', async () => {
  const { hub, revocations } = await follower();
  expect(hub.stats().members).toBe(1);
  await revocations.stop();
  expect(hub.stats().members).toBe(0);
  const other = await follower();
  await other.hub.close();
  await other.revocations.stop();
});
