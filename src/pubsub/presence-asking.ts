/** Asks Redis what the other processes have told of who is with them. */

import type { Redis } from 'ioredis';
import { createBatcher } from './batch.ts';
import { type PresenceKeys, stayOf, stayTextsOf } from './presence-keys.ts';
import type { Span } from './presence-memory.ts';

export type Others = {
  /** Both throw while Redis is away. */
  isHere(userId: string): Promise<boolean>;
  /** When a user was there: all that may have any of these moments in it. */
  spansAround(userId: string, moments: readonly Date[]): Promise<Span[]>;
};

/** A process's users and since when, and until when it is known to have lived: for ever, while it does. */
type Told = { until: number; since: ReadonlyMap<string, number> };

const alive = Number.POSITIVE_INFINITY;

/** `memory` as in the timings. */
export function createOthers(deps: { redis: Redis; keys: PresenceKeys; self: string; memory: number }): Others {
  const { redis, keys, self, memory } = deps;

  async function ask(userIds: readonly string[]): Promise<Told[]> {
    const listed = inPairs(await redis.zrange(keys.processes, 0, -1, 'WITHSCORES'));
    const others = listed.filter(([process]) => process !== self);
    const pipeline = redis.pipeline();
    for (const [process] of others) pipeline.exists(keys.alive(process)).hmget(keys.here(process), ...userIds);
    const answers = inPairs(valuesOf(await pipeline.exec())) as [number, (string | null)[]][];
    return answers.map(([isAlive, moments], nth) => {
      const since = new Map<string, number>();
      for (const [at, moment] of moments.entries()) if (moment !== null) since.set(userIds[at] ?? '', Number(moment));
      return { until: isAlive ? alive : Number(others[nth]?.[1]), since };
    });
  }

  /** All that is asked for in one turn, and while Redis answers, is one question. */
  const isHere = createBatcher<string, boolean>(async (userIds) => {
    const living = (await ask(userIds)).filter(({ until }) => until === alive);
    return new Map(userIds.map((userId) => [userId, living.some(({ since }) => since.has(userId))]));
  });

  /** Those that have ended, in a moment's stretch of time or the next: of longer ago than `memory` nobody asks. */
  async function staysOf(userId: string, moments: readonly number[]): Promise<Span[]> {
    const stretches = new Set(moments.flatMap((moment) => [keys.left(moment), keys.left(moment + memory)]));
    const pipeline = redis.pipeline();
    for (const key of stretches) pipeline.zrangebylex(key, ...stayTextsOf(userId));
    return (valuesOf(await pipeline.exec()).flat() as string[]).map(stayOf);
  }

  return {
    isHere,
    async spansAround(userId, moments) {
      // First those who are there: who leaves meanwhile is found among those who have left.
      const present = (await ask([userId])).map(({ until, since }) => ({ until, since: since.get(userId) ?? alive }));
      return [...present, ...(await staysOf(userId, moments.map(Number)))];
    },
  };
}

/** Throws where any command of a pipeline failed. */
function valuesOf(answers: [Error | null, unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

const inPairs = <T>(values: readonly T[]): [T, T][] =>
  Array.from({ length: values.length / 2 }, (_, nth) => values.slice(2 * nth, 2 * nth + 2) as [T, T]);
