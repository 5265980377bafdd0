/**
 * Thousands of subscribers over two processes, each restarted in its turn by SIGTERM while the market is busy: nobody
 * misses an event, and they come back spread over DRAIN_SECONDS.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { readEvents } from '../faults/checker.ts';
import { type Cluster, rest, startCluster } from '../faults/cluster.ts';
import { createPeople, identify, type Person, postOrder, urlsOf } from '../faults/market.ts';
import type { Process } from '../faults/processes.ts';
import { startWriters, type Writers } from '../faults/writers.ts';
import { type Child, startChild } from './child.ts';
import { enoughFiles } from './limits.ts';
import { expectedFor, judge, planReadings } from './readings.ts';
import { draw, spreadOf } from './spread.ts';
import type { Subscribers } from './subscribers.ts';

export type RestartOptions = {
  subscribers: number;
  /** How many of the two processes are restarted, one after the other. */
  restarts: 1 | 2;
  drainSeconds: number;
  /** How many may come back in the busiest second, as a multiple of its even share. */
  mostOfShare: number;
};

/** Bids a second. */
const rate = 20;
/** Milliseconds to be level after the last write. */
const patience = 10_000;

const size = { customers: 20, vendors: 40, orders: 200 };

/** Answers what it must not be. */
export async function runRestart(options: RestartOptions, say: (line: string) => void): Promise<string[]> {
  enoughFiles(options.subscribers);
  const cluster = await startCluster({ processes: 2, drainSeconds: options.drainSeconds });
  const crowd = startChild<Subscribers>(new URL('subscribers.ts', import.meta.url));
  const people: Person[] = [];
  let over = false;
  let writers: Writers | undefined;
  try {
    const asking = { urls: () => urlsOf(cluster.processes), random: Math.random, isOver: () => over };
    const customers = await createPeople('customer', size.customers, asking);
    const vendors = await createPeople('vendor', size.vendors, asking);
    people.push(...customers, ...vendors);
    await identify(people, cluster.sql());
    const busy = await Promise.all(
      Array.from({ length: size.orders }, (_, nth) => postOrder(customers[nth % size.customers] as Person, 'OPEN')),
    );
    const readings = await planReadings(options.subscribers, { customers, vendors, busy });

    const began = performance.now();
    await crowd.ask('find', addressesOf(cluster));
    await crowd.ask('begin', readings);
    say(`${readings.length} subscribers over two processes within ${Math.round(performance.now() - began)} ms`);
    const heads = await headsOf(cluster);
    writers = startWriters({ vendors, customers, busy, rate, random: Math.random, price: falling() });

    const problems: string[] = [];
    for (const process of cluster.processes.slice(0, options.restarts)) {
      const before = writers.bids();
      while (writers.bids() < before + rate) await rest(20);
      problems.push(...(await restart(process, { ...options, cluster, crowd, say })));
    }
    await writers.stop();

    const stopped = performance.now();
    const events = await readEvents(cluster.sql());
    const expected = expectedFor(readings, events, heads);
    const total = expected.reduce((sum, { length }) => sum + length, 0);
    while ((await crowd.ask('count')) < total && performance.now() - stopped < patience) await rest(20);
    say(`level ${Math.round(performance.now() - stopped)} ms after the last write`);
    const heard = await crowd.ask('heard');
    return [
      ...problems,
      ...judge(expected, heard, new Set(events.map(({ id }) => id)), say),
      ...new Set(writers.refused),
      ...cluster.processes.flatMap((process) => process.errors()),
    ];
  } finally {
    over = true;
    await writers?.stop();
    await Promise.race([crowd.ask('leave').catch(() => {}), delay(5_000, undefined, { ref: false })]);
    await crowd.end();
    for (const person of people) person.close();
    await cluster.close();
  }
}

/** Past the proxies, which are for faults. A process that is started again has another port. */
const addressesOf = ({ processes }: Cluster): string[] =>
  processes.map(({ front }) => `ws://127.0.0.1:${front.target}/graphql`);

async function headsOf(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const heads = await cluster.sql()<{ topic: string; head: number }[]>`select topic, head::int from topics`;
  return new Map(heads.map(({ topic, head }) => [topic, head]));
}

/** Stops one process as a deployment does, starts it again, and looks at how its clients moved. */
async function restart(
  process: Process,
  context: RestartOptions & { cluster: Cluster; crowd: Child<Subscribers>; say: (line: string) => void },
): Promise<string[]> {
  const { cluster, crowd, drainSeconds, mostOfShare, say } = context;
  const before = await crowd.ask('moves');
  const from = Date.now();
  await process.stop();
  say(`SIGTERM: gone after ${Date.now() - from} ms`);
  await process.start();
  await crowd.ask('find', addressesOf(cluster));
  const since = async () => {
    const moves = await crowd.ask('moves');
    return { closed: moves.closed.slice(before.closed.length), back: moves.back.slice(before.back.length) };
  };
  let moved = await since();
  for (const until = Date.now() + patience; moved.back.length < moved.closed.length && Date.now() < until; ) {
    await rest(100);
    moved = await since();
  }
  const closed = spreadOf(
    moved.closed.map(({ at }) => at),
    from,
    drainSeconds,
  );
  const back = spreadOf(moved.back, from, drainSeconds);
  for (const line of draw(closed, back)) say(line);
  const codes = new Set(moved.closed.map(({ code }) => code));
  const last = (Math.max(...moved.closed.map(({ at }) => at)) - from) / 1_000;
  say(
    `${moved.closed.length} were closed with ${[...codes].join(', ')}, the last after ${last.toFixed(1)} s; ` +
      `${moved.back.length} are back, in the busiest second ${back.most.toFixed(2)} times its share`,
  );
  return [
    ...(moved.closed.length === 0 ? ['Nobody was connected.'] : []),
    ...(moved.back.length === moved.closed.length ? [] : ['Not all came back.']),
    ...(codes.size === 1 && codes.has(1012) ? [] : [`Closed with ${[...codes].join(', ')}.`]),
    ...(last > drainSeconds * 0.8 ? [] : [`All were closed within ${last.toFixed(1)} s of ${drainSeconds}.`]),
    ...(back.most <= mostOfShare ? [] : [`${back.most.toFixed(2)} times a second's share came back in one.`]),
  ];
}

/** Each lower than all before, as revisions have to be. */
function falling(): () => string {
  let hundredths = 1e9;
  return () => {
    hundredths -= 1;
    return (hundredths / 100).toFixed(2);
  };
}
