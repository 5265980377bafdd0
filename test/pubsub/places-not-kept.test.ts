/** Cursors that the hub cannot go on from: what follows them was pruned, or never was. */

import { describe, expect, it } from 'vitest';
import { CursorExpired } from '../../src/pubsub/cursor.ts';
import { createMemoryPubSub } from '../../src/pubsub/memory.ts';
import { createTestDatabase } from '../support/database.ts';
import { all, createWorld, numbers, placeOf, run, take } from './world.ts';

const { db } = await createTestDatabase({ connections: 3 });
let topics = 0;
const newTopic = (): string => `order:${++topics}`;

describe('a cursor that the hub cannot go on from', () => {
  it('is refused when its number has another tag, or was never given out', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    await write(topic, 3);
    const oldest = { position: 0, tag: '0' };
    for (const after of [
      { position: 2, tag: '12345' },
      { position: 3, tag: '12345' },
      { position: 4, tag: '12345' },
      { position: 0, tag: '12345' },
    ]) {
      const refused = hub.follow({ topic, after, wants: all });
      await expect(refused).rejects.toThrow(CursorExpired);
      await expect(refused).rejects.toMatchObject({ topic, oldest });
    }
    expect(hub.stats().members).toBe(0);
  });

  it('is refused with the oldest place there is when it lies below what is kept, and that place is taken', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const written = await write(topic, 10);
    const oldest = placeOf(written[5]);
    await prune(topic, oldest.position);
    await expect(hub.follow({ topic, after: placeOf(written[3]), wants: all })).rejects.toMatchObject({
      topic,
      oldest,
    });
    const member = await hub.follow({ topic, after: oldest, wants: all });
    expect(await take(member, 4)).toEqual(written.slice(6));
  });

  it('ends a member that was pruned past before it pulled', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const written = await write(topic, 2_000);
    const member = await hub.follow({ topic, after: placeOf(written[0]), wants: all });
    await take(member, 1);
    await prune(topic, 1_500);
    await expect(take(member, 1_998)).rejects.toMatchObject({ topic, oldest: placeOf(written[1_499]) });
    expect(hub.stats().members).toBe(0);
  });

  it('is none of a member’s that did not want what was pruned', async () => {
    const { hub, write } = createWorld(db, createMemoryPubSub());
    const topic = newTopic();
    const member = await hub.follow({ topic, after: null, wants: ({ position }) => position > 601 });
    const other = await hub.follow({ topic, after: null, wants: all });
    await write(topic, 601);
    await take(other, 601);
    await prune(topic, 601);
    // More than are kept for one who does not pull: it reads again what it has not seen.
    await write(topic, 100);
    expect(numbers(await take(member, 100))).toEqual(run(602, 701));
  });

  async function prune(topic: string, upTo: number): Promise<void> {
    await db.$client`with pruned as (delete from events where topic = ${topic} and position <= ${upTo} returning position, tag)
      update topics set floor = position, floor_tag = pruned.tag from pruned
      where topics.topic = ${topic} and position = ${upTo}`;
  }
});
