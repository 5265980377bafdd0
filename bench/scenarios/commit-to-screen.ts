/** How long it takes from a bid's commit to the frame that tells its subscribers, while bids fall at a steady rate. */

import { Redis } from 'ioredis';
import postgres from 'postgres';
import { encodeId } from '../../src/schema/ids.ts';
import type { Child } from '../../test/crowd/child.ts';
import { document } from '../bid-placed.ts';
import { bidders, biddersWithTokens, falling, percentile, placeBid, startBidders } from '../bidding.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import type { BidderDeeds, Job, Schedule } from '../load/bidders.ts';
import { graphqlPlan } from '../load/plan.ts';
import type { Arrival, Subscribers } from '../load/subscribers.ts';
import { createHistory, fillMarket, nth, subOf } from '../market/fill.ts';
import { type Haggle, startHaggle, tokenOf } from '../peers/haggle.ts';
import { openProcessors, type Processors } from '../processors.ts';
import { alternate, type Reading } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario } from '../scenario.ts';

const orders = 100;
const perOrder = 10;
const rates = [100, 500, 1_000];
const kind = 'order on screen';
/** Seconds of steady bidding, of which the first are not counted. */
const spell = { before: 1, counted: 4 };
/** Of PostgreSQL's log, for one run of all rates with one process and with two. */
const logFilesPerRun = 6;

const screen = 'Commit to screen';
const due = 'Due to screen';
const share = 'Share of all processors';
const parts = { median: 0.5, p99: 0.99, 'p99.9': 0.999 };
const at = (rate: number): string => `${rate.toLocaleString('en-GB')} bids a second`;
const count = (processes: number): string => (processes === 1 ? 'one process' : 'two processes');
const of = (processes: number): string => `Haggle, ${count(processes)}`;
const trip = (processes: number): string => `Redis round trip beside ${count(processes)}`;

export const scenario: Scenario = {
  name: 'commit-to-screen',
  title: 'Commit to screen',
  method: [
    `${(orders * perOrder).toLocaleString('en-GB')} subscribers, each on a connection of its own and hearing one of ${orders} open orders, so that each order is
heard by ${perOrder}, in a database with 100,000 older bids. ${bidders} bidders place bids over sockets of theirs on any of the orders, each bid at
its own time by a schedule that waits for no answer: a server that stops for a moment delays everything that was due
meanwhile, and all of it counts. With two processes bidders and each order's subscribers are spread over both, so every bid
has to cross Redis to half of those who hear it. Everybody has to hear every bid, or there is no figure.`,
    `"${screen}" begins when PostgreSQL notes the transaction's commit (pg_xact_commit_timestamp), which it does before it flushes
the commit to disk: the flush (fsync on) and all that the writing process does next are in the figure. It ends when the process of
the subscribers has read the frame. "${due}" begins when the bid was due to be sent, so it holds the bid's way, its
batch and its transaction too. All clocks are that of one machine. The floor is a message that a third party publishes to Redis
and receives again, a hundred times a second in the same seconds.`,
    `Haggle, PostgreSQL, Redis, bidders and subscribers share the processors of one machine; the last table has who used how much
of them, and what nobody used. Where little is left, the figure is the wait for a processor.`,
    `PostgreSQL's log goes on in files that are there already, as on any server that has run for a while. A new server makes
them as it goes, one for every two thousand bids, and holds every commit up for 60 to 90 ms each time.`,
  ],
  targets: [
    {
      what: 'commit to screen at 500 bids/s, two processes: p99 above the p99 of a Redis round trip',
      at: 'most',
      limit: 10,
      unit: 'ms',
      figure(found) {
        const [whole, floor] = [of(2), trip(2)].map((who) => found.median(`${screen}, p99`, who, at(500)));
        return whole == null || floor == null ? null : whole - floor;
      },
    },
  ],
  quick: [],
  picture: { title: `${screen}, p99`, measures: [`${screen}, p99`] },
  async run(ground: Ground, { runs }: RunOptions): Promise<Measurement[]> {
    const filled = await createHistory(ground, 100_000);
    await fillMarket(filled, { [kind]: { orders, customers: 50, visibility: 'OPEN' } }, bidders);
    const stages: Stage[] = [];
    try {
      for (const processes of [1, 2])
        stages.push(await setStage(await ground.withOwnRedis(), await ground.copyDatabase(filled), processes));
      const pass = (stage: Stage, rate: number) => () => bidAt(stage, rate);
      // What is compiled while it first runs is not what is measured.
      for (const stage of stages) await pass(stage, Math.max(...rates))();
      await ground.layInLogFiles(runs * logFilesPerRun);
      return await alternate(
        runs,
        stages.flatMap((stage) => rates.map((rate) => pass(stage, rate))),
      );
    } finally {
      for (const stage of stages) await stage.end();
    }
  },
};

type Stage = {
  redisUrl: string;
  processors: Processors;
  processes: Haggle[];
  subscribers: Child<Subscribers>;
  load: Child<BidderDeeds>;
  bidders: Job['bidders'];
  sql: postgres.Sql;
  end(): Promise<void>;
};

async function setStage(ground: Ground, databaseUrl: string, count: number): Promise<Stage> {
  const { redisUrl } = ground;
  const processes = await Promise.all(Array.from({ length: count }, () => startHaggle({ databaseUrl, redisUrl })));
  const subscribers = startSubscribers();
  const plans = Array.from({ length: orders * perOrder }, async (_, n) => {
    const operation = { query: document, variables: { orderId: orderId(n % orders) } };
    // Each order is heard on every process.
    const { port } = processes[Math.floor(n / orders) % count] as Haggle;
    return graphqlPlan(port, operation, await tokenOf(subOf('vendor', n + 1), 'vendor'));
  });
  await subscribers.ask('come', await Promise.all(plans));
  const load = startBidders();
  const sql = postgres(databaseUrl, { max: 1 });
  const processors = openProcessors(ground);
  return {
    redisUrl,
    processors,
    processes,
    subscribers,
    load,
    bidders: await biddersWithTokens(),
    sql,
    async end() {
      await subscribers.end();
      await load.end();
      await sql.end();
      await processors.end();
      await Promise.all(processes.map((each) => each.end()));
    },
  };
}

const orderId = (n: number): string => encodeId('Order', nth(kind, n + 1));

const highest = falling();

async function bidAt(
  { redisUrl, processors, processes, subscribers, load, bidders, sql }: Stage,
  rate: number,
): Promise<Reading[]> {
  await subscribers.ask('forget');
  await subscribers.ask('remember', '"amount":{"amount":"');
  const first = highest();
  const job: Job = {
    over: 'socket',
    ports: processes.map(({ port }) => port),
    bidders,
    orders: Array.from({ length: orders }, (_, n) => orderId(n)),
    request: placeBid,
    highest: first,
    rate,
  };
  await load.ask('begin', job, spell.before);
  const floor = measureTrips(redisUrl);
  const shares = await processors.watch({
    Haggle: processes.map(({ process }) => process),
    bidders: [load],
    subscribers: [subscribers],
  });
  const { refused } = await load.ask('measure', spell.counted);
  const used = await shares();
  const trips = await floor();
  const schedule = await load.ask('end');
  if (refused > 0) throw new Error(`${refused} bids were refused.`);
  const told = schedule.sent * perOrder;
  await subscribers.ask('until', told);
  const { total, lost } = await subscribers.ask('heard');
  if (total !== told || lost > 0) throw new Error(`${total} of ${told} events were heard, ${lost} were cut off.`);
  const heard = whenHeard(await subscribers.ask('arrivals'), schedule, { highest: first, rate });
  const committed = await whenCommitted(sql, { highest: first, sent: schedule.sent });
  const named = { at: at(rate), unit: 'ms' };
  const who = of(processes.length);
  return [
    ...readingsOf(
      { ...named, of: who, measure: screen },
      heard.map(({ at, number }) => at - (committed.get(number) ?? Number.NaN)),
    ),
    ...readingsOf({ ...named, of: trip(processes.length), measure: screen }, trips),
    ...readingsOf(
      { ...named, of: who, measure: due },
      heard.map(({ at, due }) => at - due),
    ),
    ...Object.entries(used).map(([name, value]) => ({
      measure: `${share}, ${count(processes.length)}`,
      of: name,
      at: at(rate),
      unit: '%',
      value,
    })),
  ];
}

/** Of bids that were due in the seconds that count. */
function whenHeard(
  arrivals: readonly Arrival[],
  { began }: Schedule,
  { highest, rate }: { highest: number; rate: number },
): (Arrival & { due: number })[] {
  const [from, until] = [began + spell.before * 1_000, began + (spell.before + spell.counted) * 1_000];
  return arrivals
    .map((arrival) => ({ ...arrival, due: began + ((highest - arrival.number - 1) * 1_000) / rate }))
    .filter(({ due }) => due >= from && due < until);
}

/** Milliseconds since 1970, by the amount of the bid. */
async function whenCommitted(
  sql: postgres.Sql,
  { highest, sent }: { highest: number; sent: number },
): Promise<Map<number, number>> {
  const rows = await sql<{ amount: number; at: number }[]>`
    select distinct (data->>'amount')::float8 as amount, extract(epoch from pg_xact_commit_timestamp(xid::xid))::float8 * 1000 as at
    from events where kind = 'bidPlaced' and at > now() - interval '1 minute'
      and (data->>'amount')::numeric between ${highest - sent} and ${highest}`;
  return new Map(rows.map(({ amount, at }) => [amount, at]));
}

function readingsOf(named: Omit<Reading, 'value'>, values: readonly number[]): Reading[] {
  if (values.length === 0 || values.some(Number.isNaN)) throw new Error('What was heard was never committed.');
  return Object.entries(parts).map(([name, part]) => ({
    ...named,
    measure: `${named.measure}, ${name}`,
    value: percentile(values, part),
  }));
}

const now = (): number => performance.timeOrigin + performance.now();

/** Publishes and hears again, a hundred times a second, until the answer is called. */
function measureTrips(redisUrl: string): () => Promise<number[]> {
  const [publisher, subscriber] = [new Redis(redisUrl), new Redis(redisUrl)];
  const channel = `trips ${process.pid}`;
  const trips: number[] = [];
  subscriber.on('message', (_channel, sent) => trips.push(now() - Number(sent)));
  const subscribed = subscriber.subscribe(channel);
  const timer = setInterval(() => void publisher.publish(channel, String(now())), 10);
  return async () => {
    clearInterval(timer);
    await subscribed;
    publisher.disconnect();
    subscriber.disconnect();
    return trips;
  };
}
