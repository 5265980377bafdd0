/** How long it takes from a bid's commit to the frame that tells its subscribers, while bids fall at a steady rate. */

import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import type { Child } from '../../test/crowd/child.ts';
import { document } from '../bid-placed.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { graphqlPlan } from '../load/plan.ts';
import type { Subscribers } from '../load/subscribers.ts';
import { type Haggle, startHaggle, tokenOf } from '../peers/haggle.ts';
import { type Market, openMarket } from '../peers/haggle-market.ts';
import { alternate, type Reading } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario } from '../scenario.ts';

const orders = 100;
const perOrder = 10;
const rates = [100, 500, 1_000];
const bidders = 20;
/** Milliseconds of steady bidding, of which the first part is not counted. */
const duration = { counted: 5_000, before: 1_000 };

const screen = 'Commit to screen';
const trip = 'Redis round trip meanwhile';
const at = (rate: number): string => `${rate.toLocaleString('en-GB')} bids/s`;
const of = (processes: number, which: string): string =>
  `Haggle, ${processes === 1 ? 'one process' : 'two processes'}, ${which}`;

export const scenario: Scenario = {
  name: 'commit-to-screen',
  title: 'Commit to screen',
  method: [
    `${orders * perOrder} subscribers, each hearing one of ${orders} orders, so that each order is heard by ${perOrder}. Bids fall
on the orders in turn, each at its own time by a schedule that waits for no answer, so a server that stops for a moment
delays everything that was due meanwhile, and it is counted. With two processes, bidders and subscribers are spread over
both, and most bids have to cross Redis.`,
    `The beginning is what PostgreSQL notes as the transaction's commit (pg_xact_commit_timestamp), which it takes before the
commit is flushed to disk: the flush is in the figure. The end is when the subscriber's process has read the frame. "due to
screen" begins when the bid was due to be sent, and so holds the way of the bid and its transaction too. The floor is a
message published to Redis and received again by a third party in the same seconds.`,
    `PostgreSQL, Redis, the processes of Haggle, bidders and subscribers share the cores of one machine.`,
  ],
  targets: [
    {
      what: 'commit to screen at 500 bids/s, two processes: p99 above the p99 of a Redis round trip',
      at: 'most',
      limit: 10,
      unit: 'ms',
      isRough: true,
      figure(found) {
        const [whole, floor] = [found.median(screen, of(2, 'p99'), at(500)), found.median(trip, of(2, 'p99'), at(500))];
        return whole === null || floor === null ? null : whole - floor;
      },
    },
  ],
  charts: [],
  async run(ground: Ground, { runs, quick }: RunOptions): Promise<Measurement[]> {
    if (quick) return [];
    const stages = [await setStage(ground, 1), await setStage(ground, 2)];
    try {
      return await alternate(
        runs,
        stages.flatMap((stage) => rates.map((rate) => () => bidAt(stage, ground, rate))),
      );
    } finally {
      for (const stage of stages) await stage.end();
    }
  },
};

type Stage = {
  processes: Haggle[];
  markets: Market[];
  orderIds: string[];
  subscribers: Child<Subscribers>;
  sql: postgres.Sql;
  end(): Promise<void>;
};

async function setStage(ground: Ground, count: number): Promise<Stage> {
  const databaseUrl = await ground.createDatabase();
  const processes: Haggle[] = [];
  const markets: Market[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const started = await startHaggle({ databaseUrl, redisUrl: ground.redisUrl });
    processes.push(started);
    markets.push(await openMarket(started, bidders / count, `bidder-${nth}`));
  }
  const orderIds: string[] = [];
  for (let nth = 0; nth < orders; nth += 1) orderIds.push((await markets[0]?.createOrder()) ?? '');
  const subscribers = startSubscribers();
  const plans = Array.from({ length: orders * perOrder }, async (_, nth) => {
    const operation = { query: document, variables: { orderId: orderIds[nth % orders] } };
    // Each order is heard on every process.
    const { port } = processes[Math.floor(nth / orders) % count] as Haggle;
    return graphqlPlan(port, operation, await tokenOf(`vendor-${nth}`, 'vendor'));
  });
  await subscribers.ask('come', await Promise.all(plans));
  const sql = postgres(databaseUrl, { max: 1 });
  return {
    processes,
    markets,
    orderIds,
    subscribers,
    sql,
    async end() {
      await subscribers.end();
      for (const market of markets) market.close();
      await sql.end();
      await Promise.all(processes.map((each) => each.end()));
    },
  };
}

const now = (): number => performance.timeOrigin + performance.now();

async function bidAt(stage: Stage, ground: Ground, rate: number): Promise<Reading[]> {
  const { markets, orderIds, subscribers, sql, processes } = stage;
  await subscribers.ask('forget');
  await subscribers.ask('remember');
  const floor = measureTrips(ground.redisUrl);
  const from = now();
  const due = new Map<string, number>();
  const total = ((duration.before + duration.counted) / 1_000) * rate;
  const taken: Promise<unknown>[] = [];
  while (taken.length < total) {
    while (taken.length < total && from + (taken.length * 1_000) / rate <= now()) {
      const nth = taken.length;
      // The same bidder comes back to an order only after all others have.
      const bidder = Math.floor(nth / orders);
      const market = markets[bidder % markets.length] as Market;
      const { amount, answered } = market.bidAs(Math.floor(bidder / markets.length), orderIds[nth % orders] ?? '');
      due.set(amount, from + (nth * 1_000) / rate);
      taken.push(answered);
    }
    await delay(1);
  }
  await Promise.all(taken);
  await subscribers.ask('until', total * perOrder);
  const trips = await floor();
  const events = (await subscribers.ask('arrivals')).map(({ at, text }) => ({ at, ...read(text) }));
  const rows = await sql<{ id: string; at: number }[]>`
    select distinct id, extract(epoch from pg_xact_commit_timestamp(xid::xid))::float8 * 1000 as at
    from events where kind = 'bidPlaced' and xid::xid in (
      select distinct xid::xid from events where at > now() - interval '1 minute')`;
  const committed = new Map(rows.map((row) => [row.id, row.at]));
  const counted = events.filter(({ amount }) => (due.get(amount) ?? 0) >= from + duration.before);
  const since = (begin: (event: { id: string; amount: string }) => number): number[] =>
    counted.map((event) => event.at - begin(event)).toSorted((a, b) => a - b);
  return [
    ...readings(
      screen,
      since(({ id }) => committed.get(id) ?? Number.NaN),
      rate,
      processes.length,
    ),
    ...readings(
      'Due to screen',
      since(({ amount }) => due.get(amount) ?? Number.NaN),
      rate,
      processes.length,
    ),
    ...readings(
      trip,
      trips.toSorted((a, b) => a - b),
      rate,
      processes.length,
    ),
  ];
}

function read(text: string): { id: string; amount: string } {
  const { id, amount } = JSON.parse(text).payload.data.bidPlaced;
  return { id, amount: amount.amount };
}

const shares = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 };

/** `values` in their order. */
function readings(measure: string, values: readonly number[], rate: number, processes: number): Reading[] {
  if (values.length === 0 || values.some(Number.isNaN))
    throw new Error(`${measure}: what was heard was never committed.`);
  return Object.entries(shares).map(([name, share]) => ({
    measure,
    of: of(processes, name),
    at: at(rate),
    unit: 'ms',
    value: values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0,
  }));
}

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
