/** A process of bidders: each bids again once it is answered, or all by a schedule, whoever is answered when. */

import { setTimeout as delay } from 'node:timers/promises';
import { doAsAsked } from '../../test/crowd/child.ts';
import { usageDeeds } from '../usage.ts';
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

/**
 * When the first bid was due, in milliseconds since 1970 with their fractions, and how many were sent: the nth, counted
 * from 1, is lower by n than `highest`, and of a schedule was due (n - 1) / rate seconds later.
 */
export type Schedule = { began: number; sent: number };

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
let began = 0;
let sent = 0;
let over = true;

const deeds = {
  ...usageDeeds,
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
    began = performance.now();
    sent = 0;
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

  /** Resolves when all bids are answered. */
  async end(): Promise<Schedule> {
    over = true;
    await bidding;
    for (const { connection } of seated) connection.close();
    return { began: performance.timeOrigin + began, sent };
  },
};

type Send = (by: Seated, due: number) => Promise<void>;

function sender({ request, orders, highest }: Job): Send {
  return ({ connection, id, at }, due) => {
    sent += 1;
    const order = orders[Math.floor(Math.random() * orders.length)] ?? '';
    const body = request
      .replace('$order', order)
      .replace('$amount', String(highest - sent))
      .replace('$bidder', id);
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
  const answers: Promise<void>[] = [];
  const dueAt = (nth: number): number => began + (nth * 1_000) / rate;
  while (!over) {
    for (let due = dueAt(sent); due <= performance.now(); due = dueAt(sent)) {
      const bidder = seated[sent % seated.length];
      if (bidder) answers.push(send(bidder, due));
    }
    await delay(Math.max(1, Math.ceil(dueAt(sent) - performance.now())));
  }
  await Promise.all(answers);
}

doAsAsked(deeds);
