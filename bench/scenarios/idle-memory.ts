/** What a subscriber costs that hears nothing: memory, with everybody connected and nothing told. */

import { names, type Start, starts } from '../contestants.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { alternate, type Reading, twoAtOnce } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const memory = 'Memory per idle subscriber';
const at = (size: number): string => `${size.toLocaleString('en-GB')} subscribers`;
const sizes = { full: 10_000, quick: 2_000 };
const everybody = Object.keys(names) as (keyof typeof names)[];
/** Those whose figures are in what is to be reached. */
const compared = ['haggle', 'socketIo'] as const;

const targetsAt = (size: number): Target[] => [
  {
    what: `memory per idle subscriber, ${at(size)}`,
    at: 'most',
    limit: 15,
    unit: 'kB',
    figure: (found) => found.median(memory, names.haggle, at(size)),
  },
  {
    what: `memory per idle subscriber, ${at(size)}, against Socket.IO`,
    at: 'most',
    limit: 0.5,
    unit: '×',
    figure: (found) => found.ratio(memory, names.haggle, names.socketIo, at(size)),
  },
];

export const scenario: Scenario = {
  name: 'idle-memory',
  title: 'Idle memory',
  method: [
    `Resident memory of the server process with all subscribers of one topic there, less what the same process had before they
came, divided by their number; each time after garbage was collected three times. Each run is a new process. The kernel's
buffers are not in it, and are the same for all.`,
  ],
  targets: targetsAt(sizes.full),
  quick: targetsAt(sizes.quick),
  picture: { title: memory, measures: [memory], at: [at(sizes.full)] },
  run(ground: Ground, { runs, quick }: RunOptions): Promise<Measurement[]> {
    const [who, steps] = quick ? [compared, [sizes.quick]] : [everybody, [sizes.quick, sizes.full]];
    const weighAll = (): Promise<Reading[][]> => twoAtOnce(who, (name) => weigh(ground, starts[name], steps));
    // Memory hardly differs from run to run.
    return alternate(quick ? 1 : runs, [async () => (await weighAll()).flat()]);
  },
};

/** With as many there as each step says, one after the other. */
async function weigh(ground: Ground, start: Start, steps: readonly number[]): Promise<Reading[]> {
  const contestant = await start(ground);
  const subscribers = startSubscribers();
  try {
    // What the first subscribers make is there for all: code, caches, connections.
    const [first, topic] = [await contestant.createTopic(), await contestant.createTopic()];
    await subscribers.ask('come', await contestant.plans(first, 100));
    const before = await contestant.process.ask('settledUsage');
    const plans = await contestant.plans(topic, Math.max(...steps));
    const readings: Reading[] = [];
    for (const [nth, size] of steps.entries()) {
      await subscribers.ask('come', plans.slice(steps[nth - 1] ?? 0, size));
      const after = await contestant.process.ask('settledUsage');
      const value = (after.rss - before.rss) / size / 1_000;
      readings.push({ measure: memory, of: contestant.name, at: at(size), unit: 'kB', value });
    }
    return readings;
  } finally {
    await subscribers.ask('leave');
    await subscribers.end();
    await contestant.end();
  }
}
