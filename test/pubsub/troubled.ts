/** Stands before the real pub/sub or the real history and, when told to, does what networks do. */

import type { History } from '../../src/pubsub/history.ts';
import type { PubSub } from '../../src/pubsub/pubsub.ts';

export type Troubled = PubSub & {
  /** The share of rings that are lost, doubled, and late by up to 50 ms; each from 0 to 1. */
  trouble: { lose: number; double: number; delay: number };
};

/** `random` answers from 0 to below 1. */
export function troubled(pubsub: PubSub, random: () => number): Troubled {
  const trouble = { lose: 0, double: 0, delay: 0 };
  const late = new Set<NodeJS.Timeout>();

  function publish(channel: string, message: unknown): void {
    if (random() < trouble.lose) return;
    const send = (): void => pubsub.publish(channel, message);
    for (let times = random() < trouble.double ? 2 : 1; times > 0; times--) {
      if (random() >= trouble.delay) send();
      else {
        const timer = setTimeout(() => {
          late.delete(timer);
          send();
        }, random() * 50);
        late.add(timer);
      }
    }
  }

  return {
    ...pubsub,
    trouble,
    publish,
    async close() {
      for (const timer of late) clearTimeout(timer);
      await pubsub.close();
    },
  };
}

export type Watched = History & {
  /** Statements so far. */
  count: { heads: number; page: number; sweep: number };
  /** Whether reads fail, as while the database is away. */
  away: boolean;
  /** Resolves once a sweep was answered: before, nothing is known of the database that rings speak of. */
  swept: Promise<void>;
};

export function watched(history: History): Watched {
  const count = { heads: 0, page: 0, sweep: 0 };
  const asked = async <T>(kind: keyof typeof count, read: () => Promise<T>): Promise<T> => {
    count[kind] += 1;
    if (self.away) throw new Error('The database is away.');
    return read();
  };
  const first = Promise.withResolvers<void>();
  const self: Watched = {
    count,
    away: false,
    swept: first.promise,
    heads: (topics) => asked('heads', () => history.heads(topics)),
    page: (topic, after, limit) => asked('page', () => history.page(topic, after, limit)),
    async sweep(horizon) {
      const swept = await asked('sweep', () => history.sweep(horizon));
      setImmediate(first.resolve);
      return swept;
    },
  };
  return self;
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
