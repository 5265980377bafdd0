/** Those who keep the market busy at a steady rate, and note what they were told is done. */

import { rest } from './cluster.ts';
import { cancelOrder, type Order, type Person, placeBid, postOrder, requestNegotiation, uuidOf } from './market.ts';

/** What was acknowledged: an event of this kind, about this thing, has to be in the database. */
export type Acknowledged = { kind: string; about: string; asked: number };

export type Writers = {
  acknowledged: Acknowledged[];
  /** Bids taken. */
  bids(): number;
  /** Answers that say no, which these writers never earn. */
  refused: string[];
  bid(vendor: Person, order: Order): Promise<void>;
  /** Resolves once all that was asked for is answered. */
  stop(): Promise<void>;
};

const aboutBid = (bid: { id: string; revision: number }): string => `${uuidOf(bid.id)} ${bid.revision}`;

export function startWriters(options: {
  vendors: Person[];
  customers: Person[];
  /** Where bids fall at random; `rate` a second. */
  busy: Order[];
  rate: number;
  random: () => number;
  /** Each lower than all before, as revisions have to be. */
  price: () => string;
}): Writers {
  const { vendors, busy, rate, random } = options;
  const acknowledged: Acknowledged[] = [];
  const refused: string[] = [];
  const free = [...vendors];
  const running = new Set<Promise<void>>();
  let bids = 0;
  let stopped = false;

  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

  function note(kind: string, about: string, asked: number, answer: { code?: string }): boolean {
    if (answer.code === undefined) acknowledged.push({ kind, about, asked });
    else refused.push(`${kind}: ${answer.code}`);
    return answer.code === undefined;
  }

  async function bid(vendor: Person, order: Order): Promise<void> {
    const asked = Date.now();
    const answer = await vendor.ask(placeBid, { orderId: order.id, amount: options.price() });
    if (note('bidPlaced', answer.bid ? aboutBid(answer.bid) : '', asked, answer)) bids += 1;
  }

  async function negotiate(): Promise<void> {
    const order = pick(busy);
    const asked = Date.now();
    const answer = await order.owner.ask(requestNegotiation, { orderId: order.id, message: 'Lower?' });
    if (answer.code === 'NO_ACTIVE_BIDS') return;
    note('negotiationRequested', uuidOf(answer.negotiation?.id ?? ''), asked, answer);
  }

  async function openAndCancel(): Promise<void> {
    const asked = Date.now();
    const order = await postOrder(pick(options.customers), 'RANK');
    note('orderOpened', order.uuid, asked, {});
    const answer = await order.owner.ask(cancelOrder, { orderId: order.id });
    note('orderUpdated', order.uuid, asked, answer);
  }

  function run(work: Promise<void>): void {
    const kept = work.catch((error: unknown) => void refused.push(String(error))).finally(() => running.delete(kept));
    running.add(kept);
  }

  async function bidSteadily(): Promise<void> {
    const from = performance.now();
    for (let due = 0; !stopped; ) {
      await rest(10);
      // What an outage kept back is made up for.
      for (; due < ((performance.now() - from) / 1000) * rate; due += 1) {
        const vendor = free.splice(Math.floor(random() * free.length), 1)[0];
        if (!vendor) break;
        run(bid(vendor, pick(busy)).finally(() => free.push(vendor)));
      }
    }
  }

  async function steadily(every: number, work: () => Promise<void>): Promise<void> {
    for (; !stopped; await rest(every)) await work().catch((error: unknown) => void refused.push(String(error)));
  }

  const loops = Promise.all([bidSteadily(), steadily(700, negotiate), steadily(900, openAndCancel)]);
  return {
    acknowledged,
    bids: () => bids,
    refused,
    bid,
    async stop() {
      stopped = true;
      await loops;
      await Promise.all(running);
    },
  };
}
