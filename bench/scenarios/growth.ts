/** Whether it becomes slower as the tables grow: the same questions, bids and replays with a thousand bids and a million. */

import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { userTopic } from '../../src/domain/topics.ts';
import { encodeCursor, generalScope } from '../../src/pubsub/cursor.ts';
import { encodeId } from '../../src/schema/ids.ts';
import { type Line, openLine } from '../../test/faults/line.ts';
import type { Ground } from '../ground.ts';
import { createHistory, each, nth, subOf } from '../market/fill.ts';
import { type Haggle, startHaggle, tokenOf } from '../peers/haggle.ts';
import { alternate, type Reading } from '../rounds.ts';
import { type Measurement, median, type RunOptions, type Scenario, type Target } from '../scenario.ts';

const of = 'Haggle';
const at = (bids: number): string => `${bids.toLocaleString('en-GB')} bids`;
const sizes = [1_000, 100_000, 1_000_000] as const;
const [smallest, larger, largest] = sizes;

const bid = '{ id amount { amount currency } revision status placedAt }';

/** By whom it is asked, of the orders, customers and vendors that there are in every size. */
const questions = {
  'an order with a page of its bids': {
    role: 'customer',
    query: `query ($order: ID!) { order(id: $order) { title status cursor bids(first: 20) { edges { node ${bid} } } } }`,
  },
  'a customer’s orders': {
    role: 'customer',
    query: '{ orders(first: 20) { cursor edges { node { title status createdAt } } } }',
  },
  'a vendor’s orders': {
    role: 'vendor',
    query: '{ orders(first: 20) { cursor edges { node { title status createdAt } } } }',
  },
  'a vendor’s bids': {
    role: 'vendor',
    query: `{ orders(first: 20, bidOn: true) { edges { node { title status viewerBid ${bid} } } } }`,
  },
  'a page of notifications': {
    role: 'customer',
    query: '{ unreadNotifications notifications(first: 20) { edges { node { id action createdAt order { id } } } } }',
  },
  'a bid': {
    role: 'vendor',
    query: `mutation ($input: PlaceBidInput!) { placeBid(input: $input) { ... on PlaceBidPayload { bid ${bid} } ... on Refusal { code } } }`,
  },
} as const;
type Question = keyof typeof questions;

const replay = '100 events that were missed';
const missed = 100;
const measures = [...Object.keys(questions), replay];
const replayed = 'subscription ($after: Cursor) { bidPlaced(after: $after) { id bid { amount { amount } revision } } }';

const targetsAt = (size: number): Target[] =>
  measures.map((measure) => ({
    what: `${measure}, ${at(size)} against ${smallest.toLocaleString('en-GB')}`,
    at: 'most',
    limit: 1.2,
    unit: '×',
    figure(found) {
      const [grown, once] = [found.median(measure, of, at(size)), found.median(measure, of, at(smallest))];
      return grown === null || once === null ? null : grown / once;
    },
  }));

export const scenario: Scenario = {
  name: 'growth',
  title: 'Growth: the same with a thousand bids and a million',
  method: [
    `Databases that differ only in how many orders, customers and vendors there are: each order has ${each.bids} bids,
each vendor ${each.vendor}, each customer ${each.customer} orders and ${each.customer * each.bids} notifications. One process for each, asked one
question after the other over one socket each, in turn; always about the same few orders, customers and vendors, so that
what is compared is the work, and not what happens to be in memory. The figure is the median time to the answer; of the
replay, from the subscription to the ${missed}th event.`,
  ],
  targets: targetsAt(largest),
  quick: targetsAt(larger),
  picture: { title: 'Time to the answer', measures, isOfCircumstances: true },
  run,
};

/** How many of each are asked about, and how often in a pass. */
const few = 5;
const often = 40;

async function run(ground: Ground, { runs, quick, say }: RunOptions): Promise<Measurement[]> {
  const opened: Grown[] = [];
  try {
    for (const bids of quick ? [smallest, larger] : sizes) {
      say(`filling a database with ${at(bids)} …`);
      opened.push(await open(ground, bids));
    }
    // Of one measure all sizes come one after the other.
    const inTurn = measures.flatMap((name) =>
      opened.map((grown) => () => (name === replay ? comeBack(grown) : ask(grown, name as Question))),
    );
    for (const warmUp of inTurn) await warmUp();
    return await alternate(runs, inTurn);
  } finally {
    await Promise.all(opened.map(({ end }) => end()));
  }
}

type Grown = {
  bids: number;
  customers: Line[];
  vendors: Line[];
  /** Where each customer was so many events ago. */
  cursors: string[];
  end(): Promise<void>;
};

async function open(ground: Ground, bids: number): Promise<Grown> {
  const databaseUrl = await createHistory(ground, bids);
  const haggle = await startHaggle({ databaseUrl, redisUrl: ground.redisUrl });
  const lines = (role: 'customer' | 'vendor'): Promise<Line[]> =>
    Promise.all(Array.from({ length: few }, (_, n) => openFor(haggle, role, n + 1)));
  const [customers, vendors] = [await lines('customer'), await lines('vendor')];
  const cursors = await readCursors(databaseUrl);
  return {
    bids,
    customers,
    vendors,
    cursors,
    async end() {
      for (const line of [...customers, ...vendors]) line.close();
      await haggle.end();
    },
  };
}

const openFor = async ({ url }: Haggle, role: 'customer' | 'vendor', n: number): Promise<Line> =>
  openLine(url, await tokenOf(subOf(role, n), role), { watch: false });

async function readCursors(databaseUrl: string): Promise<string[]> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    const topics = Array.from({ length: few }, (_, n) => userTopic(nth('customer', n + 1)));
    const places = await sql<{ topic: string; position: string; tag: string }[]>`
      select e.topic, e.position, e.tag from topics t join events e on e.topic = t.topic and e.position = t.head - ${missed}
      where t.topic = any(${topics})`;
    return topics.map((topic) => {
      const { position, tag } = places.find((place) => place.topic === topic) ?? { position: 0, tag: '0' };
      return encodeCursor(generalScope, [{ topic, position: Number(position), tag }]);
    });
  } finally {
    await sql.end();
  }
}

/** Of what a vendor has bid on, each bid lower than all before. */
let amount = 4_000;

async function ask({ bids, customers, vendors }: Grown, name: Question): Promise<Reading[]> {
  const { role, query } = questions[name];
  const times: number[] = [];
  for (let n = 0; n < often; n += 1) {
    const line = (role === 'customer' ? customers : vendors)[n % few] as Line;
    const order = encodeId('Order', nth('order', orderOf(role, n % few)));
    amount -= 0.01;
    const began = performance.now();
    const { data, errors } = await line.ask(query, { order, input: { orderId: order, amount: amount.toFixed(2) } });
    times.push(performance.now() - began);
    if (errors || data.placeBid?.code) throw new Error(JSON.stringify(errors ?? data));
  }
  return [{ measure: name, of, at: at(bids), unit: 'ms', value: median(times) }];
}

/** The first order of the customer; the first that the vendor has bid on. Both are there in every size. */
const orderOf = (role: 'customer' | 'vendor', n: number): number => (role === 'customer' ? n * each.customer + 1 : 1);

async function comeBack({ bids, customers, cursors }: Grown): Promise<Reading[]> {
  const times: number[] = [];
  for (const [n, line] of customers.entries()) {
    const began = performance.now();
    await new Promise<void>((resolve, reject) => {
      let heard = 0;
      const complete = line.listen(
        replayed,
        { after: cursors[n] },
        {
          next({ errors }) {
            if (errors) return reject(new Error(JSON.stringify(errors)));
            heard += 1;
            if (heard < missed) return;
            complete();
            resolve();
          },
          end: () => reject(new Error(`It ended after ${heard} of ${missed} events.`)),
        },
      );
    });
    times.push(performance.now() - began);
    await delay(20);
  }
  return [{ measure: replay, of, at: at(bids), unit: 'ms', value: median(times) }];
}
