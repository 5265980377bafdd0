/** Thousands of clients come back at once, each with a cursor from a hundred events ago on the same order. */

import { document } from '../bid-placed.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { graphqlPlan } from '../load/plan.ts';
import { startHaggle, tokenOf } from '../peers/haggle.ts';
import { openMarket } from '../peers/haggle-market.ts';
import { alternate, type Reading } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario, Target } from '../scenario.ts';

const of = 'Haggle';
const events = 100;
const sizes = { quick: 1_000, full: 5_000 };
const at = (size: number): string => `${size.toLocaleString('en-GB')} clients`;
const perClient = 'CPU per client that comes back';
const perConnected = 'CPU per client already connected';

const targetsAt = (size: number): Target[] => [
  {
    what: `CPU per client that comes back, ${at(size)} at once, ${events} events behind on one order`,
    at: 'most',
    limit: 1,
    unit: 'ms',
    figure: (found) => found.median(perClient, of, at(size)),
  },
];

export const scenario: Scenario = {
  name: 'coming-back',
  title: 'Coming back',
  method: [
    `Clients that have heard an event leave, and ${events} bids fall. Then all connect as fast as they are taken, 64 at a time, each with a token and a
socket of its own, and subscribe with that event's cursor. They are level when the last has heard the last of
the ${events}. So the figures hold the connection, the handshake, the token, the subscription, and ${events} frames for each
client. A second time the clients are connected already, and all subscribe within one turn.`,
  ],
  targets: targetsAt(sizes.full),
  quick: targetsAt(sizes.quick),
  picture: { title: 'Server CPU per client', measures: [perClient, perConnected], isOfCircumstances: true },
  run: (ground, { runs, quick }: RunOptions): Promise<Measurement[]> =>
    alternate(
      quick ? 1 : runs,
      (quick ? [sizes.quick] : Object.values(sizes)).map((size) => () => comeBack(ground, size)),
    ),
};

async function comeBack(ground: Ground, size: number): Promise<Reading[]> {
  const haggle = await startHaggle({ databaseUrl: await ground.createDatabase(), redisUrl: ground.redisUrl });
  const market = await openMarket(haggle, 20);
  const clients = startSubscribers();
  try {
    const orderId = await market.createOrder();
    const tokens = await Promise.all(Array.from({ length: size }, (_, nth) => tokenOf(`vendor-${nth}`, 'vendor')));
    const plans = (variables: object) =>
      tokens.map((token) => graphqlPlan(haggle.port, { query: document, variables }, token));
    // All have been here before: their users are known, and each event's cursor is good for all of them.
    await clients.ask('come', plans({ orderId }));
    do await market.bid(orderId, 1);
    while (!(await clients.ask('hears', size, 2_000)));
    await market.bid(orderId, 1);
    await clients.ask('hears', Number.POSITIVE_INFINITY, 500);
    const after = JSON.parse(await clients.ask('last')).payload.data.bidPlaced.cursor as string;
    await clients.ask('leave');
    for (let nth = 0; nth < events; nth += 1) await market.bid(orderId, 1);

    const idle = await haggle.process.ask('settledUsage');
    const from = performance.now();
    await clients.ask('come', plans({ orderId, after }));
    await clients.ask('until', size * events);
    const took = performance.now() - from;
    const used = await haggle.process.ask('usage');
    const { least, most } = await clients.ask('heard');
    if (least !== events || most !== events) throw new Error(`Heard from ${least} to ${most} of ${events}.`);

    await clients.ask('leave');
    await clients.ask(
      'come',
      plans({ orderId }).map((plan) => ({ ...plan, steps: plan.steps.slice(0, 1) })),
    );
    const connected = await haggle.process.ask('settledUsage');
    const again = performance.now();
    await clients.ask(
      'sayAll',
      plans({ orderId, after }).map(({ steps }) => steps[1]?.say ?? ''),
    );
    await clients.ask('until', size * events);
    const tookAgain = performance.now() - again;
    const usedAgain = await haggle.process.ask('usage');

    const named = { of, at: at(size) };
    const milliseconds = (cpu: number): number => cpu / 1_000 / size;
    return [
      { ...named, measure: perClient, unit: 'ms', value: milliseconds(used.cpu - idle.cpu) },
      { ...named, measure: 'Until all are level', unit: 'ms', value: took },
      {
        ...named,
        measure: perConnected,
        unit: 'ms',
        value: milliseconds(usedAgain.cpu - connected.cpu),
      },
      { ...named, measure: 'Until all that were connected are level', unit: 'ms', value: tookAgain },
      { ...named, measure: 'Most memory held', unit: 'MB', value: usedAgain.peakRss / 1e6 },
    ];
  } finally {
    await clients.ask('leave');
    await clients.end();
    market.close();
    await haggle.end();
  }
}
