/** Subscribers who are answered together, over a real database: whatever delays or ends an answer, each gets each event once. */

import { describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import type { Answer, Answering } from '../../src/pubsub/group.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import type { Listening, Subscriber } from '../../src/pubsub/subscriber.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { forget } from './forget.ts';
import { seeded } from './troubled.ts';
import { all, createWorld, placeOf } from './world.ts';

const { db } = await createTestDatabase();

type Answers = Answering['answer'];

const answersTo: Answers = async (entries) => entries.map(answerTo);
const answerTo = ({ position }: Entry): Answer => {
  const text = String(position);
  return { text, bytes: Buffer.from(text), ends: false };
};

/** Notes the numbers that it is told. `room` says how many answers it takes at once, each time that it is handed some. */
function listening(answer: Answers, room: () => number = () => Number.POSITIVE_INFINITY) {
  const told: number[] = [];
  const one: Listening = {
    viewerId: 'anybody',
    outlet: {
      write(answers) {
        const taken = answers.slice(0, room());
        told.push(...taken.map(({ text }) => Number(text)));
        return taken.length;
      },
      ready: () => null,
    },
    answering: () => ({ key: 'all', wants: all, apart: () => null, answer }),
    answer: async (entries) => entries.map(answerTo),
    end: () => {},
  };
  return { told, one };
}

const countTo = (count: number): number[] => Array.from({ length: count }, (_, nth) => nth + 1);

describe('those who are answered together', () => {
  it('miss nothing of a burst that is too long to wait for an answer', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const first = Promise.withResolvers<void>();
    let asked = 0;
    const slow: Answers = async (entries) => {
      asked += 1;
      if (asked === 1) await first.promise;
      return answersTo(entries);
    };
    const { told, one } = listening(slow);
    (await hub.join({ topic: 'burst', after: null })).start(one);
    await write('burst');
    await vi.waitFor(() => expect(asked).toBe(1), patiently);
    // While the first is being answered, more come than may wait.
    for (let times = 0; times < 4; times += 1) await write('burst', 400);
    first.resolve();
    await vi.waitFor(() => expect(told).toHaveLength(1_601), patiently);
    await write('burst');
    await vi.waitFor(() => expect(told).toHaveLength(1_602), patiently);
    expect(told).toEqual(countTo(1_602));
  });

  it('are not ended by an answer to what they were told before', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const [failing, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let count = 0;
    // The second answer comes late, and is the end of whoever waits for it; the others are good.
    const answer: Answers = async (entries) => {
      count += 1;
      if (count !== 2) return answersTo(entries);
      asked.resolve();
      await failing.promise;
      return entries.map((entry) => ({ ...answerTo(entry), ends: true }));
    };
    const [waits, reads] = [listening(answer), listening(answer)];
    (await hub.join({ topic: 'ending', after: null })).start(waits.one);
    await write('ending');
    await vi.waitFor(() => expect(waits.told).toEqual([1]), patiently);
    await write('ending');
    await asked.promise;
    (await hub.join({ topic: 'ending', after: { position: 0, tag: '0' } })).start(reads.one);
    await vi.waitFor(() => expect(reads.told).toEqual([1, 2]), patiently);
    failing.resolve();
    await vi.waitFor(() => expect(waits.told).toEqual([1, 2]), patiently);
    await write('ending');
    await vi.waitFor(() => expect(reads.told).toEqual([1, 2, 3]), patiently);
    expect(waits.told).toEqual([1, 2]);
  });

  it('are not joined by one whose place was taken back, though its number was given out again', async () => {
    const { hub, write, writeSilently } = createWorld(db, createMemoryPubSub(), { timings: { patience: 60_000 } });
    const [asked, answering] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: Answers = async (entries) => {
      asked.resolve();
      await answering.promise;
      return answersTo(entries);
    };
    const [stays, late] = [listening(slow), listening(slow)];
    await write('restored', 3);
    (await hub.join({ topic: 'restored', after: null })).start(stays.one);
    const [, lost] = await writeSilently('restored', 2);
    const subscriber = await hub.join({ topic: 'restored', after: placeOf(lost) });
    await forget(db, 'restored', 3);
    await write('restored', 3);
    // Others are being told of the numbers around its own.
    await asked.promise;
    const ended = Promise.withResolvers<Error | undefined>();
    subscriber.start({ ...late.one, end: ended.resolve });
    expect(await ended.promise).toMatchObject({ name: 'CursorExpired', topic: 'restored' });
    answering.resolve();
    await vi.waitFor(() => expect(stays.told).toEqual([4, 5, 6]), patiently);
    expect(late.told).toEqual([]);
  });

  it.each([11, 12, 13, 14])(
    'get each event once and in order, whatever happens between, with seed %i',
    async (seed) => {
      // What happens when is drawn apart from what answers do, which are asked in an order of their own.
      const [random, uncertain] = [seeded(seed), seeded(seed + 100)];
      const topic = `random:${seed}`;
      const { hub, write, pubsub } = createWorld(db, createMemoryPubSub(), {
        seed,
        timings: { sweepEvery: 50, rest: 20, patience: 5 },
      });
      pubsub.trouble.lose = 0.1;
      pubsub.trouble.delay = 0.3;
      const uneven: Answers = async (entries) => {
        await new Promise((resolve) => setTimeout(resolve, uncertain() * 10));
        return uncertain() < 0.1 ? null : answersTo(entries);
      };
      const readers: { told: number[]; from: number; subscriber: Subscriber }[] = [];
      let head = 0;
      for (let turn = 0; turn < 60; turn += 1) {
        if (random() < 0.5) head += (await write(topic, 1 + Math.floor(random() * 6))).length;
        if (random() < 0.4) {
          const { told, one } = listening(uneven, () => (uncertain() < 0.2 ? 1 : Number.POSITIVE_INFINITY));
          const from = head;
          const subscriber = await hub.join({ topic, after: null });
          subscriber.start(one);
          readers.push({ told, from, subscriber });
        }
        if (random() < 0.1) readers.splice(Math.floor(random() * readers.length), 1)[0]?.subscriber.end();
      }
      await vi.waitFor(() => {
        for (const { told, from } of readers) expect(told).toEqual(countTo(head).slice(from));
      }, patiently);
      expect(readers.length).toBeGreaterThan(5);
    },
  );
});
