/** What a load balancer asks: is the process alive, and can it serve. */

import type { ServerResponse } from 'node:http';
import { answerJson } from './answer.ts';

export type Probes = {
  /** Rejects when the database does not answer. */
  database(): Promise<unknown>;
  /** `degraded`: without pub/sub events come by the sweep, a second late, but they come. */
  hub(): 'live' | 'degraded';
};

/** Milliseconds: a database that takes longer is away. */
const patience = 2_000;

export const answerLive = (response: ServerResponse): void => answerJson(response, 200, { status: 'live' });

export async function answerReady(response: ServerResponse, probes: Probes, stopping: boolean): Promise<void> {
  if (stopping) return answerJson(response, 503, { status: 'stopping' });
  const database = await isUp(probes.database());
  const hub = probes.hub();
  const status = !database ? 'unavailable' : hub === 'live' ? 'ready' : 'degraded';
  answerJson(response, database ? 200 : 503, { status, database: database ? 'up' : 'down', events: hub });
}

async function isUp(probe: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const answered = probe.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
