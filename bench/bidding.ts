/** Who takes bids, one face for all: each on a database of its own with the same in it. */

import { encodeId } from '../src/schema/ids.ts';
import { type Child, startChild } from '../test/crowd/child.ts';
import type { Ground } from './ground.ts';
import type { BidderDeeds, Job, Tally } from './load/bidders.ts';
import { bidder, nth, subOf } from './market/fill.ts';
import { startHaggle, tokenOf } from './peers/haggle.ts';
import type { PostGraphileDeeds } from './peers/postgraphile.ts';
import type { UsageDeeds } from './usage.ts';

/** What is bid on: orders of a kind, so many of them. */
export type Market = { kind: string; orders: number };

export const bidders = 100;

/** Seconds before what is measured, and of it. */
export type Spell = { warm: number; measured: number };

export const startBidders = (): Child<BidderDeeds> =>
  startChild<BidderDeeds>(new URL('load/bidders.ts', import.meta.url));

export type Contestant = {
  /** `rate`: bids in a second by a schedule; null: each bidder bids again when it is answered. */
  bid(over: Job['over'], market: Market, spell: Spell, rate?: number | null): Promise<Outcome>;
  end(): Promise<void>;
};

/** `cpu`: microseconds of the servers' processes. */
export type Outcome = Tally & { cpu: number };

/** Where each load begins: a million bids below the one before, so that every bid is lower than all before. */
export function falling(): () => number {
  let next = 900_000_000_000;
  return () => {
    next -= 1_000_000;
    return next;
  };
}

const highest = falling();

type Served = {
  ports: number[];
  processes: Child<UsageDeeds>[];
  bidders: Job['bidders'];
  request: string;
  idOf(order: string): string;
  end(): Promise<void>;
};

const ids = Array.from({ length: bidders }, (_, n) => nth(bidder, n + 1));
const requestOf = (query: string, input: object): string => JSON.stringify({ query, variables: { input } });

/** A bid on Haggle, as a job's request. */
export const placeBid = requestOf(
  'mutation ($input: PlaceBidInput!) { placeBid(input: $input) { ... on PlaceBidPayload { bid { id revision } } ... on Refusal { code } } }',
  { orderId: '$order', amount: '$amount' },
);

export const biddersWithTokens = (): Promise<Job['bidders']> =>
  Promise.all(ids.map(async (id, n) => ({ id, token: await tokenOf(subOf(bidder, n + 1), 'vendor') })));

/** So many processes, one installation. */
export async function haggle(ground: Ground, databaseUrl: string, processes: number): Promise<Contestant> {
  const { redisUrl } = ground;
  const started = await Promise.all(Array.from({ length: processes }, () => startHaggle({ databaseUrl, redisUrl })));
  return contestant({
    ports: started.map(({ port }) => port),
    processes: started.map(({ process }) => process),
    bidders: await biddersWithTokens(),
    request: placeBid,
    idOf: (order) => encodeId('Order', order),
    end: async () => void (await Promise.all(started.map((one) => one.end()))),
  });
}

export async function postGraphile(databaseUrl: string): Promise<Contestant> {
  const child = startChild<PostGraphileDeeds>(new URL('peers/postgraphile.ts', import.meta.url), {
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  });
  return contestant({
    ports: [await child.ask('start', databaseUrl)],
    processes: [child as unknown as Child<UsageDeeds>],
    bidders: ids.map((id) => ({ id, token: null })),
    request: requestOf('mutation ($input: PlaceBidInput!) { placeBid(input: $input) { result { bidId revision } } }', {
      orderId: '$order',
      vendorId: '$bidder',
      amount: '$amount',
    }),
    idOf: (order) => order,
    end: () => child.end(),
  });
}

function contestant({ ports, processes, idOf, end, ...served }: Served): Contestant {
  const usage = async (): Promise<number> => {
    const all = await Promise.all(processes.map((process) => process.ask('usage')));
    return all.reduce((sum, { cpu }) => sum + cpu, 0);
  };
  const load = startBidders();
  return {
    async bid(over, { kind, orders }, { warm, measured }, rate = null) {
      const on = Array.from({ length: orders }, (_, n) => idOf(nth(kind, n + 1)));
      await load.ask('begin', { ...served, over, ports, orders: on, highest: highest(), rate }, warm);
      const before = await usage();
      const tally = await load.ask('measure', measured);
      const cpu = (await usage()) - before;
      await load.ask('end');
      if (tally.accepted === 0) throw new Error(`Of ${tally.refused} bids none was accepted.`);
      return { ...tally, cpu };
    },
    async end() {
      await load.end();
      await end();
    },
  };
}

/** The value below which that part of them lies, such as 0.99. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
