/** The people of a market on Haggle, and how they act: over sockets, as its front ends do. */

import { type Answer, type Line, openLine } from '../../test/faults/line.ts';
import { type Haggle, tokenOf } from './haggle.ts';

export type Market = {
  /** Under OPEN visibility, so that vendors hear of each other's bids. */
  createOrder(): Promise<string>;
  /** Places one bid of each of so many bidders, all within one turn; resolves when all are taken. */
  bid(orderId: string, bidders: number): Promise<void>;
  /** Places a bid of one of the bidders, counted from 0 and again from the first after the last. */
  bidAs(bidder: number, orderId: string): { amount: string; answered: Promise<void> };
  close(): void;
};

const refusal = '... on Refusal { code message }';
const createOrder = `mutation ($input: CreateOrderInput!) { at: createOrder(input: $input) { ... on CreateOrderPayload { order { id } } ${refusal} } }`;
const placeBid = `mutation ($input: PlaceBidInput!) { at: placeBid(input: $input) { ... on PlaceBidPayload { bid { id revision } } ${refusal} } }`;

/** With a customer and so many bidders, each on a socket of its own, on one process. */
export async function openMarket({ url }: Pick<Haggle, 'url'>, bidders: number, who = 'bidder'): Promise<Market> {
  const open = async (sub: string, role: 'customer' | 'vendor'): Promise<Line> =>
    openLine(url, await tokenOf(sub, role), { watch: false });
  const customer = await open('customer', 'customer');
  const vendors = await Promise.all(Array.from({ length: bidders }, (_, nth) => open(`${who}-${nth}`, 'vendor')));
  const price = falling();
  let next = 0;

  function bidAs(bidder: number, orderId: string): { amount: string; answered: Promise<void> } {
    const amount = price();
    const vendor = vendors[bidder % vendors.length] as Line;
    const answered = vendor.ask(placeBid, { input: { orderId, amount } }).then((answer) => void done(answer));
    return { amount, answered };
  }

  return {
    async createOrder() {
      const input = { title: 'Chairs', currency: 'INR', visibility: 'OPEN' };
      return done(await customer.ask(createOrder, { input })).order.id;
    },
    bid: async (orderId, count) =>
      void (await Promise.all(Array.from({ length: count }, () => bidAs(next++, orderId).answered))),
    bidAs,
    close() {
      for (const line of [customer, ...vendors]) line.close();
    },
  };
}

/** What was answered; a refusal or an error ends the run. */
function done({ data, errors }: Answer): Answer['data'] {
  if (errors || data.at.code) throw new Error(JSON.stringify(errors ?? data.at));
  return data.at;
}

/** Each lower than all before, as revisions have to be. */
function falling(): () => string {
  let hundredths = 900_000_000;
  return () => {
    hundredths -= 1;
    return (hundredths / 100).toFixed(2);
  };
}
