/** Tells those who were away, in every process: none is in charge, and each row says when it is due and who has it. */

import { nextDue } from '../db/deliveries.ts';
import type { Pool } from '../db/statement.ts';
import type { Channel } from '../domain/preferences.ts';
import type { Log } from '../log.ts';
import type { Sender } from '../notify/sender.ts';
import { createLane } from './deliver.ts';
import { fallBack } from './fall-back.ts';
import { createTroubles } from './troubles.ts';

/** Milliseconds. */
export type AwayTimings = {
  /** After which a killed process's work is another's. Longer than sending takes. */
  lease: number;
  /** Between two looks at what is due, at most. */
  longestRest: number;
  /** Between attempts, if not the usual ones. */
  pauses?: readonly number[] | undefined;
};

export const awayTimings: AwayTimings = { lease: 30_000, longestRest: 1_000 };

export type AwayJob = { stop(): Promise<void> };

export function startAway(deps: {
  db: { $client: Pool };
  senders: ReadonlyMap<Channel, Sender>;
  wasOnline: (userId: string, moments: readonly Date[]) => Promise<boolean[]>;
  /** Milliseconds that a notification may wait to be read. */
  after: number;
  log: Log;
  timings?: Partial<AwayTimings> | undefined;
}): AwayJob {
  const { db, senders, wasOnline, after, log } = deps;
  const { lease, longestRest, pauses } = { ...awayTimings, ...deps.timings };
  const channels = [...senders.keys()];
  const troubles = createTroubles(log, 'Those who were away could not be looked after; it will be tried again');
  const stopping = new AbortController();
  let wake = (): void => {};
  /** Whether something became possible while a turn ran. */
  let woken = false;
  const onRoom = (): void => {
    woken = true;
    wake();
  };
  const lanes = [...senders].map(([channel, sender]) =>
    createLane({ db, channel, sender, lease, pauses, log, onRoom }),
  );

  /** Does all that is due. Answers in how many milliseconds to look again. */
  async function turn(): Promise<number> {
    const wait = await nextDue(db.$client, channels);
    if (wait === null || wait > 0) return Math.min(wait ?? longestRest, longestRest);
    const more = await fallBack({ db, channels, wasOnline, after, lease });
    const begun = await Promise.all(lanes.map((lane) => lane.fill()));
    // What is due while all lanes are full waits until one says that it has room.
    return more || begun.some((count) => count > 0) ? 0 : longestRest;
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      let wait = longestRest;
      try {
        wait = await turn();
        troubles.over();
      } catch (error) {
        troubles.tell(error);
      }
      if (!woken && wait > 0 && !stopping.signal.aborted) await rest(wait);
    }
  }

  function rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const working = work();
  return {
    async stop() {
      stopping.abort();
      wake();
      await working;
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}
