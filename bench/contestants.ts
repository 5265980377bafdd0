/** What is compared, one face for all: how subscribers come, and how something is told to those of a topic. */

import { randomUUID } from 'node:crypto';
import { type Child, startChild } from '../test/crowd/child.ts';
import { openLine } from '../test/faults/line.ts';
import { document, nextEvent, notificationDocument, peerDocument } from './bid-placed.ts';
import type { Ground } from './ground.ts';
import { graphqlPlan, type Plan, rawPlan, socketIoPlan, ssePlan } from './load/plan.ts';
import { startHaggle, tokenOf } from './peers/haggle.ts';
import { openMarket } from './peers/haggle-market.ts';
import type { PeerDeeds } from './peers/peer.ts';
import type { UsageDeeds } from './usage.ts';

export type Contestant = {
  name: string;
  process: Child<UsageDeeds>;
  /** Somewhere to follow that is new. */
  createTopic(): Promise<string>;
  /** How so many come to follow the topic. */
  plans(topic: string, count: number): Promise<Plan[]>;
  /** Tells whoever follows the topic so many events, together. Resolves when the server has taken them. */
  publish(topic: string, count: number): Promise<void>;
  end(): Promise<void>;
};

export type Start = (ground: Ground) => Promise<Contestant>;

/** Bidders, of whom each places one bid of a burst. */
const bidders = 20;

/** Haggle: what is told are bids, placed over its API, and what tells is a commit. */
const haggle =
  (name: string, planOf: typeof graphqlPlan | typeof ssePlan): Start =>
  async (ground) => {
    const databaseUrl = await ground.createDatabase();
    const { process, port, url, end } = await startHaggle({ databaseUrl, redisUrl: ground.redisUrl });
    const market = await openMarket({ url }, bidders);
    const aside = await market.createOrder();
    return {
      name,
      process,
      createTopic: market.createOrder,
      plans: (orderId, count) =>
        Promise.all(
          Array.from({ length: count }, async (_, nth) =>
            planOf(port, { query: document, variables: { orderId } }, await tokenOf(`vendor-${nth}`, 'vendor')),
          ),
        ),
      async publish(orderId, count) {
        // A bid on another order keeps the batch busy until all of the burst are there to be decided together.
        const first = count > 1 ? market.bid(aside, 1) : undefined;
        await Promise.all([first, market.bid(orderId, count)]);
      },
      async end() {
        market.close();
        await end();
      },
    };
  };

/** Haggle again: what is told are notifications by a service, each to one vendor. */
const haggleNotify: Start = async (ground) => {
  const databaseUrl = await ground.createDatabase();
  const { process, port, url, end } = await startHaggle({ databaseUrl, redisUrl: ground.redisUrl });
  const service = await openLine(url, await tokenOf('service', 'service'), { watch: false });
  return {
    name: names.haggle,
    process,
    createTopic: async () => randomUUID(),
    async plans(vendor, count) {
      const plan = graphqlPlan(port, { query: notificationDocument, variables: {} }, await tokenOf(vendor, 'vendor'));
      return Array.from({ length: count }, () => plan);
    },
    async publish(vendor, count) {
      const { amount, order, bid } = nextEvent(randomUUID());
      const input = { to: vendor, action: 'outbid', data: { amount, order, bid } };
      for (let nth = 0; nth < count; nth += 1) {
        const { data, errors } = await service.ask(notify, { input });
        if (errors || data.at.code) throw new Error(JSON.stringify(errors ?? data));
      }
    },
    async end() {
      service.close();
      await end();
    },
  };
};

const notify =
  'mutation ($input: NotifyInput!) { at: notify(input: $input) { ... on NotifyPayload { online } ... on Refusal { code message } } }';

const peer =
  (name: string, file: string, planOf: (port: number, topic: string) => Plan): Start =>
  async ({ redisUrl }) => {
    const child = startChild<PeerDeeds>(new URL(`peers/${file}.ts`, import.meta.url), {
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const port = await child.ask('start', { redisUrl });
    return {
      name,
      process: child as unknown as Child<UsageDeeds>,
      // All share one Redis.
      createTopic: async () => randomUUID(),
      plans: async (topic, count) => Array.from({ length: count }, () => planOf(port, topic)),
      publish: (topic, count) => child.ask('publish', topic, count),
      end: () => child.end(),
    };
  };

const graphqlPeer = (port: number, orderId: string): Plan =>
  graphqlPlan(port, { query: peerDocument, variables: { orderId } });

export const names = {
  haggle: 'Haggle',
  haggleSse: 'Haggle, SSE',
  raw: 'raw ws',
  socketIo: 'Socket.IO, Redis adapter',
  yoga: 'Yoga, graphql-ws, RedisPubSub',
  apollo: 'Apollo, graphql-ws, RedisPubSub',
  mercurius: 'Mercurius, JIT, Redis',
} as const;

export const starts: Record<keyof typeof names | 'haggleNotify', Start> = {
  haggle: haggle(names.haggle, graphqlPlan),
  haggleSse: haggle(names.haggleSse, ssePlan),
  haggleNotify,
  raw: peer(names.raw, 'raw-ws', rawPlan),
  socketIo: peer(names.socketIo, 'socket-io', socketIoPlan),
  yoga: peer(names.yoga, 'yoga', graphqlPeer),
  apollo: peer(names.apollo, 'apollo', graphqlPeer),
  mercurius: peer(names.mercurius, 'mercurius', graphqlPeer),
};
