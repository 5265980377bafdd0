/** The streams of server-sent events that are open: how many, who of them stalls, and how they end. */

import type { ServerResponse } from 'node:http';
import type { Log } from '../log.ts';

export type Streams = {
  add(response: ServerResponse): void;
  count(): number;
  /** Ends each when it is called; what has ended already is ended. */
  partings(): (() => Promise<void>)[];
  /** Looks after no stream any more. */
  close(): void;
};

/** One whose reader takes nothing for `stall` milliseconds is cut off: its client comes back with its cursor. */
export function createStreams({ stall, log }: { stall: number; log: Log }): Streams {
  /** Since when each has been waiting for its reader; null for one that takes what comes. */
  const open = new Map<ServerResponse, number | null>();

  const watch = setInterval(
    () => {
      const now = performance.now();
      for (const [response, since] of open) {
        if (!response.writableNeedDrain) open.set(response, null);
        else if (since === null) open.set(response, now);
        else if (now - since >= stall) {
          log.info({ unsent: response.writableLength }, 'a stream was cut off: its reader has stalled');
          response.destroy();
        }
      }
    },
    Math.min(1_000, stall / 4),
  ).unref();

  return {
    add(response) {
      if (response.destroyed) return;
      open.set(response, null);
      response.on('drain', () => open.has(response) && open.set(response, null));
      response.once('close', () => open.delete(response));
    },
    count: () => open.size,
    // Cut off, not completed: a client takes a completed stream for the end of what there is to tell.
    partings: () => Array.from(open.keys(), (response) => async () => void response.destroy()),
    close: () => clearInterval(watch),
  };
}
