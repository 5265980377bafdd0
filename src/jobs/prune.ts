/** Every now and then, removes what is not kept any longer. Several processes at once do each other no harm. */

import { type Keeping, pruneTopic, removeOldDeliveries, removeOldKeys, topicsToPrune } from '../db/pruning.ts';
import type { Queryable } from '../db/statement.ts';
import { marketTopic, sessionsTopic, userTopic } from '../domain/topics.ts';
import type { Log } from '../log.ts';

/** How many rows a statement removes at most, lest whoever appends waits long for it. */
const batch = 500;
/** Milliseconds, give or take a half, lest all processes meet. */
const every = 10 * 60_000;

/** What is not named here, as the topics of orders, is kept as long as what it is of. */
const keepings = (eventRetentionDays: number): Keeping[] => [
  { topics: marketTopic, days: 7 },
  { topics: sessionsTopic, days: 7 },
  { topics: userTopic('%'), days: eventRetentionDays },
];

/** Longer than one is tried, so that what failed can be looked at. */
const fewestDaysOfDeliveries = 7;

type Deps = {
  db: { $client: Queryable };
  eventRetentionDays: number;
  /** Tells that it is time to stop; what has begun is finished. */
  signal?: AbortSignal;
};

/** Removes everything that is due now. Answers how much that was. */
export async function prune(deps: Deps): Promise<{ events: number; keys: number; deliveries: number }> {
  const { db, eventRetentionDays, signal } = deps;
  const pool = db.$client;

  async function pruneAll(keeping: Keeping): Promise<number> {
    let count = 0;
    let after = '';
    for (;;) {
      const topics = await topicsToPrune(pool, keeping, { after, limit: batch });
      for (const topic of topics) count += await whole((limit) => pruneTopic(pool, { ...keeping, topic, limit }));
      after = topics.at(-1) ?? '';
      if (topics.length < batch || signal?.aborted) return count;
    }
  }

  /** Batch by batch, until one is not full. */
  async function whole(remove: (limit: number) => Promise<number>): Promise<number> {
    let count = 0;
    while (!signal?.aborted) {
      const removed = await remove(batch);
      count += removed;
      if (removed < batch) break;
    }
    return count;
  }

  let events = 0;
  for (const keeping of keepings(eventRetentionDays)) events += await pruneAll(keeping);
  const keys = await whole((limit) => removeOldKeys(pool, limit));
  const days = Math.max(eventRetentionDays, fewestDaysOfDeliveries);
  const deliveries = await whole((limit) => removeOldDeliveries(pool, { days, limit }));
  return { events, keys, deliveries };
}

export type Pruning = { stop(): Promise<void> };

/** Prunes again and again until it is stopped. */
export function startPruning(deps: Omit<Deps, 'signal'> & { log: Log }): Pruning {
  const { log, ...rest } = deps;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();

  async function run(): Promise<void> {
    try {
      const removed = await prune({ ...rest, signal: stopping.signal });
      if (removed.events + removed.keys + removed.deliveries > 0) log.info(removed, 'pruned');
    } catch (error) {
      log.warn({ err: error }, 'Pruning failed; it will be tried again');
    }
    plan();
  }

  function plan(): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(
      () => {
        working = run();
      },
      every * (0.5 + Math.random()),
    ).unref();
  }

  plan();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
