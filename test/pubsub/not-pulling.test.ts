/** Members that do not pull what they are handed: they cost no memory, and miss nothing. */

import { describe, expect, it } from 'vitest';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createTestDatabase } from '../support/database.ts';
import { all, createWorld, numbers, run, take } from './world.ts';

const { db } = await createTestDatabase({ connections: 3 });
let topics = 0;
const newTopic = (): string => `order:${++topics}`;

describe('a reader that does not pull', () => {
  it('costs no memory, and gets everything in order once it pulls', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const stalled = await hub.follow({ topic, after: null, wants: all });
    const quick = await hub.follow({ topic, after: null, wants: all });
    const padding = 'x'.repeat(2_000);
    const writeSome = async (batches: number): Promise<void> => {
      for (let batch = 0; batch < batches; batch++) {
        await write(topic, 500, padding);
        await take(quick, 500);
      }
    };
    // Each of the pool's connections keeps its last answer: at first that grows.
    await writeSome(20);
    const before = await settledHeap();
    await writeSome(30);
    expect((await settledHeap()) - before).toBeLessThan(8_000_000);
    let last = 0;
    for await (const { position } of stalled) {
      expect(position).toBe(++last);
      if (last === 25_000) break;
    }
    expect(hub.stats().members).toBe(1);
  });

  it('goes on with the first that it did not pull', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const slow = await hub.follow({ topic, after: null, wants: ({ position }) => position % 2 === 0 });
    await write(topic, 20);
    expect(numbers(await take(slow, 3))).toEqual([2, 4, 6]);
    for (let batch = 0; batch < 10; batch++) await write(topic, 50);
    expect(numbers(await take(slow, 257))).toEqual(run(4, 260).map((number) => number * 2));
  });

  async function settledHeap(): Promise<number> {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let times = 0; times < 3; times++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    return process.memoryUsage().heapUsed;
  }
});
