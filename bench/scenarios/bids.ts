/** How many bids are taken in a second, what one costs, and how long it waits: on one hot order and on a thousand. */

import { startChild } from '../../test/crowd/child.ts';
import {
  bidders,
  type Contestant,
  falling,
  haggle,
  type Market,
  type Outcome,
  percentile,
  postGraphile,
} from '../bidding.ts';
import type { Ground } from '../ground.ts';
import { bidder, createHistory, fillMarket, nth } from '../market/fill.ts';
import type { LockingDeeds } from '../peers/locking.ts';
import { pgbench } from '../peers/pgbench.ts';
import { alternate, type Reading } from '../rounds.ts';
import type { Measured, Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const markets = {
  hot: { kind: 'hot order', orders: 1, customers: 1, at: `one hot order, ${bidders} bidders` },
  many: { kind: 'order of many', orders: 1_000, customers: 50, at: '1,000 orders of 50 customers' },
  one: { kind: 'order of one', orders: 1_000, customers: 1, at: '1,000 orders of one customer' },
} as const;
type Where = keyof typeof markets;

const of = {
  socket: 'Haggle, socket',
  two: 'Haggle, socket, two processes',
  http: 'Haggle, HTTP',
  postGraphile: 'PostGraphile 5, HTTP',
  locking: 'a locking transaction per bid, no API',
  pgbench: 'pgbench, no API',
} as const;

const rate = 'Bids accepted a second';
const cpu = 'Server CPU per bid';
const median = 'Time to the answer, median';
const late = 'Time to the answer, p99';
const uneven = 'The slower process’s p99 against the other’s';
const share = 'Share of the process that took fewer';

/** Bids a second, by a schedule, that all can take. */
const scheduled = 300;
const bySchedule = `${scheduled} bids a second by schedule, 1,000 orders`;

const ratio = (one: string, other: string, where: Where) => (found: Measured) =>
  found.ratio(rate, one, other, markets[where].at);

const least = (what: string, limit: number, figure: Target['figure']): Target => ({
  what,
  at: 'least',
  limit,
  unit: '×',
  figure,
});

const throughput: readonly Target[] = [
  least(
    'bids a second over the socket, 1,000 orders, against PostGraphile over HTTP',
    2,
    ratio(of.socket, of.postGraphile, 'many'),
  ),
  least(
    'bids a second over the socket, 1,000 orders, against pgbench with the same SQL',
    0.5,
    ratio(of.socket, of.pgbench, 'many'),
  ),
  least(
    'bids a second on one hot order over sockets, two processes, against a locking transaction per bid',
    15,
    ratio(of.two, of.locking, 'hot'),
  ),
  least('bids a second over the socket, 1,000 orders of one customer against 50 customers', 0.8, (found) => {
    const [one, many] = [found.median(rate, of.socket, markets.one.at), found.median(rate, of.socket, markets.many.at)];
    return one === null || many === null ? null : one / many;
  }),
  least('bids a second over HTTP, 1,000 orders, against PostGraphile', 1, ratio(of.http, of.postGraphile, 'many')),
];

const evenness: Target = {
  what: 'p99 on one hot order, the slower of two processes against the other',
  at: 'most',
  limit: 1.5,
  unit: '×',
  figure: (found) => found.median(uneven, of.two, markets.hot.at),
};

export const scenario: Scenario = {
  name: 'bids',
  title: 'Bids: accepted, durable, answered',
  method: [
    `${bidders} bidders, each on a connection of its own, bid on open orders of a database with 100,000 older bids. For
throughput each bids again when it is answered; for latency bids fall by a schedule, and count from when they were due,
whoever waits. Each answer shows the bid that was placed and its revision, and comes after the commit (fsync on).`,
    `The peers write the same rows: bid, order, heads of topics and as many events. PostGraphile and pgbench call one
plpgsql function that does it in one round trip (market/place-bid.sql, 16 connections); nobody asks them for a token, and
PostGraphile sets no role. A locking transaction per bid is a Node process that calls PostgreSQL itself, statement by
statement, with nothing in front.`,
    `CPU is the server's own word, without PostgreSQL's. Load, servers and PostgreSQL share the machine's processors.`,
  ],
  targets: [...throughput, evenness],
  // A p99 of a few seconds tells little.
  quick: throughput,
  picture: { title: rate, measures: [rate] },
  run,
};

async function run(ground: Ground, { runs, quick, say }: RunOptions): Promise<Measurement[]> {
  say('filling the database …');
  const filled = await createHistory(ground, 100_000);
  const { hot, many, one } = markets;
  await fillMarket(filled, { [hot.kind]: hot, [many.kind]: many, [one.kind]: one }, bidders);
  const copy = (): Promise<string> => ground.copyDatabase(filled);
  const spell = quick ? { warm: 0.3, measured: 0.6 } : { warm: 0.5, measured: 2 };
  const seconds = spell.measured;

  const [single, pair, peer] = await Promise.all([
    copy().then((url) => haggle(ground, url, 1)),
    copy().then((url) => haggle(ground, url, 2)),
    copy().then(postGraphile),
  ]);
  const locking = startChild<LockingDeeds>(new URL('../peers/locking.ts', import.meta.url));
  const [lockingUrl, pgbenchUrl] = [await copy(), await copy()];

  type Over = 'http' | 'socket';
  const pass =
    (name: string, who: Contestant, over: Over, where: Where, byRate: number | null = null) =>
    async () => {
      const outcome = await who.bid(over, markets[where], spell, byRate);
      return readingsOf(outcome, name, byRate === null ? markets[where].at : bySchedule, byRate !== null);
    };
  const passes = {
    needed: [
      pass(of.socket, single, 'socket', 'many'),
      pass(of.http, single, 'http', 'many'),
      pass(of.postGraphile, peer, 'http', 'many'),
      () => floor(pgbenchUrl, markets.many, seconds),
      pass(of.two, pair, 'socket', 'hot'),
      () => oneByOne(locking, lockingUrl, seconds),
      pass(of.socket, single, 'socket', 'one'),
    ],
    besides: [
      pass(of.socket, single, 'socket', 'hot'),
      pass(of.http, single, 'http', 'hot'),
      pass(of.postGraphile, peer, 'http', 'hot'),
      pass(of.two, pair, 'socket', 'many'),
      pass(of.postGraphile, peer, 'http', 'one'),
      () => floor(pgbenchUrl, markets.one, seconds),
      pass(of.socket, single, 'socket', 'many', scheduled),
      pass(of.http, single, 'http', 'many', scheduled),
      pass(of.postGraphile, peer, 'http', 'many', scheduled),
    ],
  };
  try {
    // What is compiled while it first runs is not what is compared.
    const warmUp = { warm: 0.6, measured: 0.1 };
    for (const who of [single, pair]) await who.bid('socket', markets.many, warmUp);
    for (const who of [single, peer]) await who.bid('http', markets.many, warmUp);
    return await alternate(runs, quick ? passes.needed : [...passes.needed, ...passes.besides]);
  } finally {
    await Promise.all([single.end(), pair.end(), peer.end(), locking.end()]);
  }
}

function readingsOf(outcome: Outcome, name: string, at: string, scheduledOnes: boolean): Reading[] {
  const { accepted, refused, seconds, latencies } = outcome;
  if (refused > accepted / 100) throw new Error(`Of ${name}, ${at}, ${refused} bids were refused.`);
  const named = { of: name, at };
  const all = latencies.flat();
  const readings: Reading[] = [
    { ...named, measure: cpu, unit: 'µs', value: outcome.cpu / accepted },
    { ...named, measure: median, unit: 'ms', value: percentile(all, 0.5) },
    { ...named, measure: late, unit: 'ms', value: percentile(all, 0.99) },
  ];
  if (!scheduledOnes) readings.push({ ...named, measure: rate, unit: '/s', value: accepted / seconds });
  if (latencies.length === 1) return readings;
  const [fast = Number.NaN, slow = Number.NaN] = latencies
    .map((one) => percentile(one, 0.99))
    .toSorted((a, b) => a - b);
  const fewer = Math.min(...latencies.map((one) => one.length));
  return [
    ...readings,
    { ...named, measure: uneven, unit: '×', value: slow / fast },
    { ...named, measure: share, unit: '%', value: (100 * fewer) / all.length },
  ];
}

const highest = falling();

async function floor(url: string, { kind, orders, at }: Market & { at: string }, seconds: number): Promise<Reading[]> {
  const whole = Math.ceil(seconds);
  const value = await pgbench(url, { kind, orders, bidders, highest: highest(), seconds: whole });
  return [{ of: of.pgbench, at, measure: rate, unit: '/s', value }];
}

async function oneByOne(
  locking: ReturnType<typeof startChild<LockingDeeds>>,
  url: string,
  seconds: number,
): Promise<Reading[]> {
  const { kind, at } = markets.hot;
  const all = Array.from({ length: bidders }, (_, n) => nth(bidder, n + 1));
  const { rate: value, latencies } = await locking.ask('bid', url, {
    order: nth(kind, 1),
    bidders: all,
    highest: highest(),
    seconds,
  });
  const named = { of: of.locking, at };
  return [
    { ...named, measure: rate, unit: '/s', value },
    { ...named, measure: median, unit: 'ms', value: percentile(latencies, 0.5) },
    { ...named, measure: late, unit: 'ms', value: percentile(latencies, 0.99) },
  ];
}
