/** What a subscriber costs that hears nothing: memory, with everybody connected and nothing told. */

import { names, type Start, starts } from '../contestants.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { alternate, type Reading, someAtOnce } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const memory = 'Memory per idle subscriber';
const size = 10_000;
const early = 2_000;
const at = `${size.toLocaleString('en-GB')} subscribers`;
const inTurn = ['haggle', 'raw', 'socketIo', 'yoga', 'apollo', 'mercurius'] as const;
/** Those whose figures are in what is to be reached. */
const compared = ['haggle', 'socketIo'] as const;

const targets: readonly Target[] = [
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
came, divided by their number; both ten seconds after garbage was collected three times, when V8 has given back the pages that
it had no use for any more, and both without V8's young generation: that is a hundred megabytes in one process and ten in
another, empty, and nobody's. Before they come ${early.toLocaleString('en-GB')} others are there,
for what is made once for all. Each run is a new process. The kernel's buffers are not in it, and are the same for all.
Server-sent events, which take longest to begin and are compared with nobody, are weighed once.`,
  ],
  targets,
  quick: targets,
  picture: { title: memory, measures: [memory] },
  async run(ground: Ground, { runs, quick }: RunOptions): Promise<Measurement[]> {
    const weighAll = (those: readonly (keyof typeof names)[]) => (): Promise<Reading[]> =>
      someAtOnce(4, those, (name) => weigh(ground, starts[name]));
    // Memory hardly differs from run to run.
    if (quick) return alternate(1, [weighAll(compared)]);
    return [...(await alternate(runs, [weighAll(inTurn)])), ...(await alternate(1, [weighAll(['haggleSse'])]))];
  },
};

async function weigh(ground: Ground, start: Start): Promise<Reading> {
  const contestant = await start(ground);
  const subscribers = startSubscribers();
  try {
    // What the first subscribers make is there for all: code, caches, connections.
    const [first, topic] = [await contestant.createTopic(), await contestant.createTopic()];
    await subscribers.ask('come', await contestant.plans(first, early));
    const [plans, before] = await Promise.all([contestant.plans(topic, size), contestant.process.ask('lastingMemory')]);
    await subscribers.ask('come', plans);
    const after = await contestant.process.ask('lastingMemory');
    const value = (after - before) / size / 1_000;
    return { measure: memory, of: contestant.name, at, unit: 'kB', value };
  } finally {
    await subscribers.ask('leave');
    await subscribers.end();
    await contestant.end();
  }
}
