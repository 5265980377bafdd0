/** Many subscriptions opened and closed in a process: nothing of them is left in Redis, nor in the process. */

import { getHeapStatistics } from 'node:v8';
import { Redis } from 'ioredis';
import { closeDatabase, openDatabase } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import { createLog } from '../../src/log.ts';
import { createHub } from '../../src/pubsub/hub.ts';
import { createRedisPubSub } from '../../src/pubsub/redis.ts';
import { append } from '../support/append.ts';
import { rest, startCluster } from './cluster.ts';
import { openLine } from './line.ts';
import { createPeople, postOrder, urlsOf } from './market.ts';

export async function runOpened(count: number, say: (line: string) => void): Promise<string[]> {
  return [...(await throughSockets(count, say)), ...(await inProcess(count, say))];
}

/** As clients do: what Redis has of it afterwards, seen from outside. */
async function throughSockets(count: number, say: (line: string) => void): Promise<string[]> {
  const cluster = await startCluster({ processes: 1 });
  const redis = new Redis(cluster.redis().url);
  try {
    const options = { urls: () => urlsOf(cluster.processes), random: Math.random, isOver: () => false };
    const [customer] = await createPeople('customer', 1, options);
    if (!customer) return ['nobody'];
    const orders = await Promise.all(Array.from({ length: 100 }, () => postOrder(customer, 'RANK')));
    const line = await openLine(options.urls()[0] ?? '', customer.token, { watch: false });
    const before = (await redis.pubsub('CHANNELS', '*')).length;
    let most = 0;
    for (let opened = 0; opened < count; opened += orders.length) {
      const stops = orders.map(({ id }) =>
        line.listen(
          'subscription ($orderId: ID) { bidPlaced(orderId: $orderId) { id } }',
          { orderId: id },
          { next() {}, end() {} },
        ),
      );
      // An answer on the same line comes after all of them were taken.
      await line.ask('{ serverTime }', {});
      most = Math.max(most, (await redis.pubsub('CHANNELS', '*')).length);
      for (const stop of stops) stop();
    }
    line.close();
    const until = Date.now() + 8_000;
    let left = most;
    for (; left > before && Date.now() < until; await rest(100)) left = (await redis.pubsub('CHANNELS', '*')).length;
    say(`${count} subscriptions over a socket: Redis channels before ${before}, at most ${most}, after ${left}`);
    customer.close();
    const never = most <= before ? ['Nothing was ever subscribed in Redis.'] : [];
    return left > before ? [`${left - before} Redis channels are left.`] : never;
  } finally {
    redis.disconnect();
    await cluster.close();
  }
}

/** A hub in this process, where timers, listeners and the heap can be counted after a forced collection. */
async function inProcess(count: number, say: (line: string) => void): Promise<string[]> {
  const collect = globalThis.gc;
  if (!collect) return ['The heap can only be measured with node --expose-gc.'];
  const cluster = await startCluster({ processes: 1 });
  const log = createLog({ level: 'warn', pretty: true, output: process.stderr });
  const url = cluster.sql().options;
  const db = openDatabase({
    url: `postgres://${url.user}:${String(url.pass)}@127.0.0.1:${url.port[0]}/${url.database}`,
    connections: 4,
    log,
  });
  const pubsub = createRedisPubSub({ url: `${cluster.redis().url}/opened`, log });
  const hub = createHub({ pubsub, history: createHistory(db), log });
  const topics = Array.from({ length: 100 }, (_, nth) => `opened:${nth}`);
  const round = async (): Promise<void> => {
    const members = await Promise.all(
      topics.map((topic) => hub.follow({ topic, after: { position: 0, tag: '0' }, wants: () => true })),
    );
    await Promise.all(members.map((member) => member.next()));
    for (const member of members) void member.return();
  };
  const measure = async () => {
    const until = Date.now() + 8_000;
    while (hub.stats().topics > 0 && Date.now() < until) await rest(50);
    await rest(100);
    collect();
    collect();
    const resources = process.getActiveResourcesInfo();
    return {
      topics: hub.stats().topics,
      members: hub.stats().members,
      timers: resources.filter((kind) => kind === 'Timeout').length,
      handles: resources.length,
      heap: getHeapStatistics().used_heap_size,
    };
  };
  try {
    for (const topic of topics) await append(db.$client, topic, 3);
    for (let warm = 0; warm < 20; warm += 1) await round();
    const before = await measure();
    for (let opened = 0; opened < count; opened += topics.length) await round();
    const after = await measure();
    const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`;
    say(
      `${count} in a hub: topics ${after.topics}, members ${after.members}, timers ${before.timers} → ${after.timers}, ` +
        `handles ${before.handles} → ${after.handles}, heap ${kilobytes(before.heap)} → ${kilobytes(after.heap)}`,
    );
    const grown = after.heap - before.heap;
    return [
      ...(after.topics + after.members > 0 ? [`${after.topics} topics and ${after.members} members are left.`] : []),
      ...(after.timers > before.timers ? [`${after.timers - before.timers} timers are left.`] : []),
      ...(after.handles > before.handles ? [`${after.handles - before.handles} handles are left.`] : []),
      ...(grown > 1024 * 1024 ? [`The heap grew by ${kilobytes(grown)}.`] : []),
    ];
  } finally {
    await hub.close();
    await pubsub.close();
    await closeDatabase(db);
    await cluster.close();
  }
}
