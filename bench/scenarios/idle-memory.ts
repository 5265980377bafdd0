/** What a subscriber costs that hears nothing: memory, with everybody connected and nothing told. */

import { names, type Start, starts } from '../contestants.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { alternate, type Reading, someAtOnce } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const memory = 'Memory per idle subscriber';
/** So many are there before; so many once those of the quick form have come, too; and all. */
const sizes = { some: 2_000, more: 4_000, all: 10_000 };
const n = (size: number): string => size.toLocaleString('en-GB');
const atAll = `${n(sizes.all)} subscribers`;
const atMore = `from ${n(sizes.some)} to ${n(sizes.more)} subscribers`;
const everybody = Object.keys(names) as (keyof typeof names)[];
/** Those whose figures are in what is to be reached; and those to whom all come: of the others the first tell enough. */
const compared = ['haggle', 'socketIo'] as const;
const inFull: readonly string[] = [...compared, 'raw'];

const targetsAt = (at: string): Target[] => [
  {
    what: `memory per idle subscriber, ${at}`,
    at: 'most',
    limit: 15,
    unit: 'kB',
    figure: (found) => found.median(memory, names.haggle, at),
  },
  {
    what: `memory per idle subscriber, ${at}, against Socket.IO`,
    at: 'most',
    limit: 0.5,
    unit: '×',
    figure: (found) => found.ratio(memory, names.haggle, names.socketIo, at),
  },
];

export const scenario: Scenario = {
  name: 'idle-memory',
  title: 'Idle memory',
  method: [
    `Resident memory of the server process with all subscribers of one topic there, less what the same process had before they
came, divided by their number; each time after garbage was collected three times. Each run is a new process. The kernel's
buffers are not in it, and are the same for all.`,
    `What a server has once taken to start and needs no more, the first subscribers get for nothing. So it is told for the ${n(sizes.more - sizes.some)}
after the first ${n(sizes.some)} too, and for those that take longest to connect only so.`,
  ],
  targets: targetsAt(atAll),
  quick: targetsAt(atMore),
  picture: { title: memory, measures: [memory] },
  run(ground: Ground, { runs, quick }: RunOptions): Promise<Measurement[]> {
    const weighAll = (): Promise<Reading[][]> =>
      someAtOnce(4, quick ? compared : everybody, (name) =>
        weigh(ground, starts[name], !quick && inFull.includes(name)),
      );
    // Memory hardly differs from run to run.
    return alternate(quick ? 1 : runs, [async () => (await weighAll()).flat()]);
  },
};

async function weigh(ground: Ground, start: Start, toTheEnd: boolean): Promise<Reading[]> {
  const contestant = await start(ground);
  const subscribers = startSubscribers();
  try {
    // What the first subscribers make is there for all: code, caches, connections.
    const [first, topic] = [await contestant.createTopic(), await contestant.createTopic()];
    await subscribers.ask('come', await contestant.plans(first, 100));
    const plans = await contestant.plans(topic, toTheEnd ? sizes.all : sizes.more);
    let there = 0;
    /** Bytes once so many are there. */
    const held = async (size: number): Promise<number> => {
      await subscribers.ask('come', plans.slice(there, size));
      there = size;
      return (await contestant.process.ask('settledUsage')).rss;
    };
    const reading = (at: string, bytes: number, size: number): Reading => {
      return { measure: memory, of: contestant.name, at, unit: 'kB', value: bytes / size / 1_000 };
    };
    const [none, some, more] = [await held(0), await held(sizes.some), await held(sizes.more)];
    const few = reading(atMore, more - some, sizes.more - sizes.some);
    return toTheEnd ? [reading(atAll, (await held(sizes.all)) - none, sizes.all), few] : [few];
  } finally {
    await subscribers.ask('leave');
    await subscribers.end();
    await contestant.end();
  }
}
