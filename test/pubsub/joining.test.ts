import { describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import type { Member } from '../../src/pubsub/hub.ts';
import { createTestDatabase } from '../support/database.ts';
import { patiently } from '../support/patiently.ts';
import { seeded } from './troubled.ts';
import { all, brokers, createWorld, placeOf, run, take, type World } from './world.ts';

const { db } = await createTestDatabase();
const seed = Date.now() % 1_000_000;
let topics = 0;
const newTopic = (): string => `market:${++topics}`;

/** Several writers at once on a topic; `written` answers all that they committed. */
function writers(world: World, topic: string, batches: number, random: () => number): { written: Promise<Entry[]> } {
  const one = async (): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for (let batch = 0; batch < batches; batch++)
      entries.push(...(await world.write(topic, 1 + Math.floor(random() * 4))));
    return entries;
  };
  const written = Promise.all([one(), one(), one()]).then((lists) =>
    lists.flat().sort((a, b) => a.position - b.position),
  );
  return { written };
}

/** What a member hears up to a number. */
async function upTo(member: Member, last: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  while (entries.at(-1)?.position !== last) entries.push(...(await take(member, 1)));
  return entries;
}

describe.each(brokers)(`joining over %s, with seed ${seed}`, (_, broker) => {
  it('loses nothing while writers append, though rings are lost, doubled and cross each other', async () => {
    const random = seeded(seed);
    const world = createWorld(db, await broker(), { seed, timings: { sweepEvery: 100 } });
    Object.assign(world.pubsub.trouble, { lose: 0.2, double: 0.2, delay: 0.3 });
    const topic = newTopic();
    const { written } = writers(world, topic, 60, random);
    const known = new Map<number, Entry>();
    const joined: { from: number | null; member: Member }[] = [];
    while (joined.length < 40) {
      const after = [...known.values()][Math.floor(random() * known.size)];
      const place = random() < 0.5 && after ? placeOf(after) : null;
      const member = await world.hub.follow({ topic, after: place, wants: all });
      joined.push({ from: place?.position ?? null, member });
      for (const entry of await world.write(topic)) known.set(entry.position, entry);
    }
    for (const entry of await written) known.set(entry.position, entry);
    const last = known.size;
    const everything = run(1, last).map((number) => known.get(number));
    for (const { from, member } of joined) {
      const heard = await upTo(member, last);
      if (from !== null) expect(heard[0]?.position).toBe(from + 1);
      expect(heard).toEqual(everything.slice(-heard.length));
    }
  });

  it('delivers whatever is committed after it has resolved, also without any ring', async () => {
    const world = createWorld(db, await broker(), { timings: { sweepEvery: 50 } });
    for (let round = 0; round < 20; round++) {
      const topic = newTopic();
      const member = await world.hub.follow({ topic, after: null, wants: all });
      const written = await world.writeSilently(topic);
      expect(await take(member, 1)).toEqual(written);
      await member.return?.();
    }
  });

  it('hands on without a read what comes late but in time, and reads what does not come', async () => {
    // A sweep that came between would have it read.
    const world = createWorld(db, await broker(), { timings: { patience: 5_000, sweepEvery: 60_000 } });
    const topic = newTopic();
    const member = await world.hub.follow({ topic, after: null, wants: all });
    const first = await world.writeSilently(topic);
    const second = await world.write(topic);
    const heard = take(member, 2);
    await new Promise((resolve) => setImmediate(resolve));
    await world.ring(first);
    expect(await heard).toEqual([...first, ...second]);
    expect(world.history.count.page).toBe(0);
  });

  it('takes a reader that comes back at any time into the present', async () => {
    const random = seeded(seed);
    const world = createWorld(db, await broker(), { seed });
    const topic = newTopic();
    const { written } = writers(world, topic, 100, random);
    const heard: Entry[] = [];
    let member = await world.hub.follow({ topic, after: { position: 0, tag: '0' }, wants: all });
    void written.then((entries) => (last = entries.length));
    let last = Number.POSITIVE_INFINITY;
    while (heard.length < last) {
      const next = await Promise.race([member.next(), written.then(() => null)]);
      if (next?.value) heard.push(next.value);
      if (next !== null && random() > 0.1) continue;
      await member.return?.();
      const end = heard.at(-1);
      member = await world.hub.follow({ topic, after: end ? placeOf(end) : { position: 0, tag: '0' }, wants: all });
      if (next === null) heard.push(...(await take(member, last - heard.length)));
    }
    expect(heard).toEqual(await written);
    await vi.waitFor(() => expect(world.hub.stats().topics).toBe(1), patiently);
  });
});
