/** Many subscriptions are opened and closed, again and again: afterwards Redis and the process are as they were before. */

import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { type Cluster, rest, startCluster } from '../faults/cluster.ts';
import { createPeople, type Person, placeBid, postOrder, readAs, urlsOf } from '../faults/market.ts';
import { type Child, startChild } from './child.ts';
import { enoughFiles } from './limits.ts';
import type { Alive } from './probe.ts';
import type { Visit, Visitors } from './visitors.ts';

export type OpenedOptions = {
  /** Of each round, all open at the same time. */
  subscriptions: number;
  rounds: number;
};

type Measured = Alive & { channels: string[]; pooled: number };

/** Bytes: what the heap's size varies by itself, from one forced collection to another. */
const heapNoise = 512 * 1024;
/** Milliseconds: topics linger for two seconds, and what the process does by itself is in the middle of something now and then. */
const patience = 20_000;
const orders = 100;
/** What each connection of a pool to the database holds: a timer for its longest life, and a socket beside it. */
const perPooled = { timers: 1, resources: 2 };

/** Answers what it must not be. */
export async function runOpened(options: OpenedOptions, say: (line: string) => void): Promise<string[]> {
  enoughFiles(options.subscriptions);
  const socket = join(tmpdir(), `haggle-probe-${process.pid}.sock`);
  const probe = `${new URL('probe.ts', import.meta.url).href}?${encodeURIComponent(socket)}`;
  const cluster = await startCluster({ processes: 1, node: ['--expose-gc', '--import', probe] });
  const redis = new Redis(cluster.redis().url);
  const visitors = startChild<Visitors>(new URL('visitors.ts', import.meta.url));
  try {
    const visits = await planVisits(cluster, options.subscriptions);
    const channels = async () => (await redis.pubsub('CHANNELS', '*')) as string[];
    const always = await channels();
    const pooled = async (): Promise<number> => {
      const [row] = await cluster.sql()<{ count: number }[]>`
        select count(*)::int as count from pg_stat_activity where application_name = 'haggle'`;
      return row?.count ?? 0;
    };
    const measure = async (): Promise<Measured> => ({
      ...(JSON.parse(await text(connect(socket))) as Alive),
      channels: await channels(),
      pooled: await pooled(),
    });
    /** Measured until nothing is left over, or for so long that what is left over stays. */
    const settled = async (before?: Measured): Promise<Measured> => {
      const until = Date.now() + patience;
      const isSettled = (left: Measured): boolean =>
        left.channels.length <= always.length &&
        left.members + left.sockets <= always.length &&
        (!before || differences(before, left).length === 0);
      let left = await measure();
      while (!isSettled(left) && Date.now() < until) {
        await rest(100);
        left = await measure();
      }
      return left;
    };
    const round = (before?: Measured, withOpen = false) =>
      visit(visits, { visitors, measure, settled: () => settled(before) }, withOpen);
    // What is made once, such as caches, is there before anything is compared.
    const { left: before } = await round();
    say(row('', heads));
    say(row('before', cellsOf(before)));
    const rounds: Measured[] = [];
    let most = 0;
    for (let nth = 1; nth <= options.rounds; nth += 1) {
      const { open, left } = await round(before, nth === 1);
      if (open) say(row('open', cellsOf(open)));
      most = Math.max(most, open?.members ?? 0);
      say(row(`after ${options.subscriptions * nth}`, cellsOf(left)));
      rounds.push(left);
    }
    return [
      ...(most >= options.subscriptions ? [] : [`Only ${most} were ever open.`]),
      ...judge(always, before, rounds),
      ...cluster.processes.flatMap((each) => each.errors()),
    ];
  } finally {
    await visitors.end();
    redis.disconnect();
    await cluster.close();
    await rm(socket, { force: true });
  }
}

/** A hundred orders with a bid each, and the cursor from before it. */
async function planVisits(cluster: Cluster, subscriptions: number): Promise<Visit[]> {
  const options = { urls: () => urlsOf(cluster.processes), random: Math.random, isOver: () => false };
  const customers = await createPeople('customer', 10, options);
  const [vendor] = await createPeople('vendor', 1, options);
  if (!vendor) throw new Error('No vendor');
  const url = `http://127.0.0.1:${cluster.processes[0]?.front.target}/graphql`;
  const visits: Visit[] = [];
  // One after the other, lest each has a connection that stays open for a while.
  for (let nth = 0; nth < orders; nth += 1) {
    const { id: orderId, owner } = await postOrder(customers[nth % customers.length] as Person, 'RANK');
    const read = await readAs(url, owner, 'query ($id: ID!) { order(id: $id) { cursor } }', { id: orderId });
    await vendor.ask(placeBid, { orderId, amount: '900' });
    visits.push({ url, token: owner.token, orderId, after: read.order.cursor, subscriptions: subscriptions / orders });
  }
  for (const person of [...customers, vendor]) person.close();
  return visits;
}

/** What there is while all are there, if that is asked for, and what is left once they have gone. */
async function visit(
  visits: Visit[],
  context: { visitors: Child<Visitors>; measure: () => Promise<Measured>; settled: () => Promise<Measured> },
  withOpen: boolean,
): Promise<{ open: Measured | null; left: Measured }> {
  const { visitors, measure, settled } = context;
  await visitors.ask('come', visits);
  const open = withOpen ? await measure() : null;
  await visitors.ask('leave');
  return { open, left: await settled() };
}

const counted = ['topics', 'groups', 'members', 'sockets', 'timers', 'listeners'] as const;
const compared = [...counted, 'resources'] as const;

/** What there is more of than before, but for the pools' connections, which are made as they are needed and have a bound. */
function differences(before: Measured, after: Measured): string[] {
  const [less, now] = [withoutPools(before), withoutPools(after)];
  return compared.filter((name) => now[name] > less[name]).map((name) => `${now[name] - less[name]} ${name}`);
}

const withoutPools = (measured: Measured): Record<(typeof compared)[number], number> => ({
  ...measured,
  timers: measured.timers - measured.pooled * perPooled.timers,
  resources: measured.resources.length - measured.pooled * perPooled.resources,
});

/** The first round has warmed it up; from the second on the heap has to stay where it is. */
function judge(always: readonly string[], before: Measured, rounds: readonly Measured[]): string[] {
  const [last, second] = [rounds.at(-1), rounds[1]];
  if (!last || !second) return ['There were no two rounds.'];
  const grown = last.heapBytes - second.heapBytes;
  return [
    ...last.channels.filter((channel) => !always.includes(channel)).map((channel) => `Still followed: ${channel}.`),
    ...differences(before, last).map((what) => `Left over: ${what}.`),
    ...(grown > heapNoise ? [`The heap has grown by ${grown} bytes in ${rounds.length - 2} rounds.`] : []),
  ];
}

const heads = ['channels', ...counted, 'resources', 'pooled', 'heap kB'];
const cellsOf = (measured: Measured): string[] => [
  String(measured.channels.length),
  ...counted.map((name) => String(measured[name])),
  String(measured.resources.length),
  String(measured.pooled),
  String(Math.round(measured.heapBytes / 1024)),
];
const row = (title: string, cells: string[]): string =>
  [title.padEnd(12), ...cells.map((cell, nth) => cell.padStart(Math.max(heads[nth]?.length ?? 0, 5)))].join('  ');
