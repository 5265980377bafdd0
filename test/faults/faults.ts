/** Every kind of fault: what it does, and when it counts as ended, by performance.now(). */

import { Redis } from 'ioredis';
import { type Cluster, rest } from './cluster.ts';
import type { Process } from './processes.ts';
import type { Stage } from './stage.ts';
import type { Writers } from './writers.ts';

export type Scene = { stage: Stage; writers: Writers; level: (ended: number, on?: Stage['readers']) => Promise<void> };
/** Milliseconds in which all connections that went silent are found out: five seconds from the first statement, twice. */
const patience = 10_500;
/** Answers how often it happened: most once, cuts once for each connection. */
export type Fault = (scene: Scene) => Promise<number>;

const now = (): number => performance.now();
const between = (random: () => number, from: number, to: number): number => from + random() * (to - from);
const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

/** Level is to be reached by those that are left; it comes back while other things go wrong. */
const ofProcess =
  (end: (process: Process) => Promise<void>): Fault =>
  async ({ stage: { cluster, random }, level }) => {
    await cluster.whole();
    const process = pick(cluster.processes, random);
    await end(process);
    await level(now());
    cluster.bringBack(process);
    return 1;
  };

/** With Redis gone the sweep alone serves; then once more when it is back. */
const redisKill: Fault = async ({ stage, level }) => {
  const back = stage.cluster.restartRedis(between(stage.random, 100, 1_500));
  await rest(50);
  await level(now());
  await back;
  await level(now());
  return 1;
};

/** A process that starts has to find its database, or ends: for faults of that link all are waited for. */
const postgresRestart: Fault = async ({ stage, level }) => {
  await stage.cluster.whole();
  await stage.cluster.restartPostgres(between(stage.random, 0, 800));
  await level(now());
  return 1;
};

const everyProxy = ({ processes }: Cluster) =>
  processes.flatMap(({ front, toPostgres, toRedis }) => [front, toPostgres, toRedis]);

const cuts: Fault = async ({ stage, level }) => {
  await stage.cluster.whole();
  let cut = 0;
  for (const proxy of everyProxy(stage.cluster)) cut += proxy.cut(0.05, stage.random);
  await level(now());
  return cut;
};

const freeze: Fault = async ({ stage, level }) => {
  await stage.cluster.whole();
  const proxy = pick(everyProxy(stage.cluster), stage.random);
  proxy.freeze();
  await rest(between(stage.random, 200, 2_500));
  proxy.thaw();
  await level(now());
  return 1;
};

/** What is sent goes nowhere and nobody is told, until the connections are cut at last. */
const halfOpen: Fault = async ({ stage, level }) => {
  await stage.cluster.whole();
  const proxy = pick(everyProxy(stage.cluster), stage.random);
  proxy.halfOpen();
  await rest(between(stage.random, 200, 1_500));
  proxy.cut(1, stage.random);
  await level(now());
  return 1;
};

/** These are cut only after all is level: it has to be found out before. */
const neverTold: Fault = async ({ stage, level }) => {
  await stage.cluster.whole();
  const { toPostgres, toRedis } = pick(stage.cluster.processes, stage.random);
  const proxy = pick([toPostgres, toRedis], stage.random);
  proxy.halfOpen();
  await rest(patience);
  await level(now());
  proxy.cut(1, stage.random);
  return 1;
};

const stalled: Fault = async ({ stage, level }) => {
  const slow = stage.readers.filter(() => stage.random() < 0.05);
  await Promise.all(slow.map((reader) => reader.stall(between(stage.random, 500, 3_000))));
  await level(now());
  return 1;
};

/** A topic that falls silent after its ring was lost: no later event reveals that one is missing. */
const silence: Fault = async ({ stage, writers, level }) => {
  const { quiet, vendors, random, cluster } = stage;
  const order = pick(quiet, random);
  for (const { toRedis } of cluster.processes) toRedis.shut();
  await writers.bid(vendors[0] as Stage['vendors'][0], order);
  const ended = now();
  for (const { toRedis } of cluster.processes) toRedis.open();
  await level(
    ended,
    stage.readers.filter(({ orderId }) => orderId === order.id),
  );
  return 1;
};

/** Rings of one process come later than those of the others: they cross. */
const crossed: Fault = async ({ stage, level }) => {
  const { toRedis } = pick(stage.cluster.processes, stage.random);
  toRedis.delay = between(stage.random, 10, 300);
  await rest(1_500);
  toRedis.delay = 0;
  await level(now());
  return 1;
};

async function inRedis<T>({ stage }: Scene, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(stage.cluster.redis().url, { retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** What was heard is said again, later and out of order. */
const repeated: Fault = async (scene) => {
  const { random } = scene.stage;
  await inRedis(scene, async (redis) => {
    const heard: [string, string][] = [];
    await redis.psubscribe('haggle:*');
    redis.on('pmessage', (_, channel: string, message: string) => heard.push([channel, message]));
    await rest(1_500);
    await redis.punsubscribe();
    for (let times = 0; times < 300 && heard.length > 0; times += 1) await redis.publish(...pick(heard, random));
  });
  await scene.level(now());
  return 1;
};

const command =
  (...words: [string, ...string[]]): Fault =>
  async (scene) => {
    await inRedis(scene, (redis) => redis.call(...words));
    if (words[1] === 'PAUSE') await rest(Number(words[2]));
    await scene.level(now());
    return 1;
  };

export const faults = {
  'API process killed': ofProcess((process) => process.kill()),
  'API process ended by SIGTERM': ofProcess((process) => process.stop()),
  'Redis killed': redisKill,
  'PostgreSQL restarted': postgresRestart,
  'connection cut': cuts,
  'link frozen': freeze,
  'link half-open, then cut': halfOpen,
  'link half-open, and nobody told': neverTold,
  'readers stalled': stalled,
  'ring lost, then silence': silence,
  'rings delayed and crossed': crossed,
  'rings repeated': repeated,
  'CLIENT KILL TYPE pubsub': command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'CLIENT PAUSE': command('CLIENT', 'PAUSE', '1000', 'ALL'),
  FLUSHALL: command('FLUSHALL'),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
