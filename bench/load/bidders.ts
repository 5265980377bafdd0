/** A process of bidders: each bids again once it is answered, or all by a schedule, whoever is answered when. */

import { setTimeout as delay } from 'node:timers/promises';
import { doAsAsked } from '../../test/crowd/child.ts';
import { type Bidder, httpBidder, socketBidder } from './bidder.ts';

export type Job = {
  over: 'http' | 'socket';
  /** Bidders are spread over these ports, in turn. */
  ports: number[];
  /** A token where the server asks for one, and the id by which it knows the bidder where not. */
  bidders: { token: string | null; id: string }[];
  /** The ids as the server takes them. */
  orders: string[];
  /** The request as JSON, with $order, $amount and $bidder where those belong. */
  request: string;
  /** Each bid of the process is lower by one than the one before. */
  highest: number;
  /** Bids in a second, by a schedule; null: as fast as the answers come. */
  rate: number | null;
};

/** Latencies are in milliseconds, from when the bid was due to its answer, by port. */
export type Tally = { accepted: number; refused: number; latencies: number[][]; seconds: number };

export type BidderDeeds = typeof deeds;

type Seated = { connection: Bidder; id: string; at: number };

const newTally = (ports: number): Tally => ({
  accepted: 0,
  refused: 0,
  latencies: Array.from({ length: ports }, () => []),
  seconds: 0,
});

let tally: Tally = newTally(0);
let seated: Seated[] = [];
let bidding: Promise<unknown> = Promise.resolve();
let over = true;

const deeds = {
  /** Connects and begins; resolves after so many seconds of bidding. */
  async begin(job: Job, warm: number): Promise<void> {
    const open = job.over === 'http' ? httpBidder : socketBidder;
    seated = await Promise.all(
      job.bidders.map(async ({ token, id }, nth) => {
        const at = nth % job.ports.length;
        return { connection: await open(job.ports[at] ?? 0, token), id, at };
      }),
    );
    tally = newTally(job.ports.length);
    over = false;
    const send = sender(job);
    bidding = job.rate === null ? oneByOne(send) : bySchedule(send, job.rate);
    await delay(warm * 1_000);
  },

  /** What is answered within so many seconds. */
  async measure(seconds: number): Promise<Tally> {
    const mine = newTally(tally.latencies.length);
    tally = mine;
    const began = performance.now();
    await delay(seconds * 1_000);
    mine.seconds = (performance.now() - began) / 1_000;
    tally = newTally(mine.latencies.length);
    return mine;
  },

  async end(): Promise<void> {
    over = true;
    await bidding;
    for (const { connection } of seated) connection.close();
  },
};

type Send = (by: Seated, due: number) => Promise<void>;

function sender({ request, orders, highest }: Job): Send {
  let amount = highest;
  return ({ connection, id, at }, due) => {
    amount -= 1;
    const order = orders[Math.floor(Math.random() * orders.length)] ?? '';
    const body = request.replace('$order', order).replace('$amount', String(amount)).replace('$bidder', id);
    return new Promise((resolve) =>
      connection.send(body, (isAccepted) => {
        if (isAccepted) tally.accepted += 1;
        else tally.refused += 1;
        tally.latencies[at]?.push(performance.now() - due);
        resolve();
      }),
    );
  };
}

const oneByOne = (send: Send): Promise<unknown> =>
  Promise.all(
    seated.map(async (bidder) => {
      while (!over) await send(bidder, performance.now());
    }),
  );

async function bySchedule(send: Send, rate: number): Promise<void> {
  const began = performance.now();
  let sent = 0;
  while (!over) {
    for (const due = ((performance.now() - began) * rate) / 1_000; sent < due; sent += 1) {
      const bidder = seated[sent % seated.length];
      if (bidder) void send(bidder, began + (sent * 1_000) / rate);
    }
    await delay(1);
  }
}

doAsAsked(deeds);
