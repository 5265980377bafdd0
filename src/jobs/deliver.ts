/** Sends the digests of one channel that are due, a few at once, and writes down what became of each. */

import { claimDeliveries, type Job, record } from '../db/deliveries.ts';
import { type DigestRow, readDigests, readTold } from '../db/digests.ts';
import type { Pool } from '../db/statement.ts';
import { mostTold } from '../domain/digest.ts';
import { type Missed, remaining } from '../domain/falling-back.ts';
import { pauseAfter } from '../domain/pauses.ts';
import type { Channel } from '../domain/preferences.ts';
import type { Log } from '../log.ts';
import { longest, type Sender } from '../notify/sender.ts';

/** How many are on their way at once. */
const slots = 8;

export type Lane = {
  /** Takes as many as there is room for, and begins to send them. Answers how many that were. */
  fill(): Promise<number>;
  /** Resolves when what was begun has ended. */
  idle(): Promise<void>;
};

export function createLane(deps: {
  db: { $client: Pool };
  channel: Channel;
  sender: Sender;
  /** Milliseconds after which another process does what this one has begun. */
  lease: number;
  /** Milliseconds between the attempts, if not the usual ones. */
  pauses?: readonly number[] | undefined;
  log: Log;
  /** Called when there is room again. */
  onRoom: () => void;
}): Lane {
  const { db, channel, sender, lease, pauses, log, onRoom } = deps;
  const pool = db.$client;
  const underway = new Set<Promise<void>>();

  async function attend(job: Job, row: DigestRow | undefined, until: number): Promise<void> {
    const { wanted, wait } = remaining(row?.unread ?? [], channel, row?.preferences ?? [], job.now);
    const reachable = channel !== 'EMAIL' || row?.to.email != null;
    if (!row || wanted.length === 0 || !reachable) await record.dropped(pool, job);
    else if (wait !== null) await record.postponed(pool, job, wait);
    else await send(job, row, wanted, until);
  }

  async function send(job: Job, row: DigestRow, wanted: readonly Missed[], until: number): Promise<void> {
    const { id, userId, to } = row;
    const positions = wanted.slice(0, mostTold).map(({ position }) => position);
    const told = await readTold(pool, userId, positions);
    // This process was held up so long that another one may have begun: it is left to that one.
    if (performance.now() >= until) return;
    const sent = await sender.send({ id, to, digest: { told, more: wanted.length - told.length } });
    const which = { delivery: id, channel, attempt: job.attempts };
    if (sent.sent) {
      await record.sent(pool, job);
      log.debug(which, 'a digest was delivered');
      return;
    }
    const pause = sent.again ? pauseAfter(job.attempts, Math.random(), pauses) : null;
    if (pause === null) await record.failed(pool, job, sent.error);
    else await record.again(pool, job, sent.error, pause);
    const what =
      pause === null ? 'a digest could not be delivered and is given up' : 'a digest could not be delivered yet';
    log.warn({ ...which, error: sent.error }, what);
  }

  function begin(job: Job, row: DigestRow | undefined, until: number): void {
    const work = attend(job, row, until)
      // Its lease ends, and whoever is there then takes it.
      .catch((error: unknown) => log.warn({ err: error, delivery: job.id, channel }, 'A delivery was interrupted'))
      .finally(() => {
        underway.delete(work);
        onRoom();
      });
    underway.add(work);
  }

  return {
    async fill() {
      if (underway.size >= slots) return 0;
      const until = performance.now() + lease - longest;
      const jobs = await claimDeliveries(pool, { channel, lease, limit: slots - underway.size });
      if (jobs.length === 0) return 0;
      const ids = jobs.map(({ id }) => id);
      const rows = new Map((await readDigests(pool, ids)).map((row) => [row.id, row]));
      for (const job of jobs) begin(job, rows.get(job.id), until);
      return jobs.length;
    },
    async idle() {
      while (underway.size > 0) await Promise.all(underway);
    },
  };
}
