/** Keeps deadlines without anybody asking: looks when the next one is due, at the latest every second, and does what is. */

import type { Commands } from '../commands/commands.ts';
import { isAway } from '../db/away.ts';
import type { Database } from '../db/connection.ts';
import { untilNextDue } from '../db/deadlines.ts';
import type { Log } from '../log.ts';

/** Milliseconds between two looks: at least, however much is due, and at most, since other processes make deadlines too. */
const shortest = 250;
const longest = 1_000;

export type Deadlines = {
  /** Resolves when what has begun is finished. */
  stop(): Promise<void>;
};

export function startDeadlines(deps: {
  db: { $client: Database['$client'] };
  commands: Pick<Commands, 'keepTime'>;
  log: Log;
}): Deadlines {
  const { db, commands, log } = deps;
  let stopping = false;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let working = look();

  async function look(): Promise<void> {
    const began = performance.now();
    let wait = longest;
    try {
      wait = await untilNextDue(db);
      if (wait <= 0) {
        while (!stopping && (await commands.keepTime()));
        wait = await untilNextDue(db);
      }
      away = false;
    } catch (error) {
      wait = shortest;
      tell(error);
    }
    // A timer may come a moment early, and would then find nothing.
    plan(Math.max(0, began + shortest - performance.now(), Math.min(Math.ceil(wait) + 1, longest)));
  }

  function plan(wait: number): void {
    if (stopping) return;
    timer = setTimeout(() => {
      working = look();
    }, wait).unref();
  }

  /** A database that is away is told of once, not four times a second. */
  function tell(error: unknown): void {
    if (isAway(error) && away) return;
    away = isAway(error);
    log.warn({ err: error }, 'Deadlines could not be kept; it will be tried again');
  }

  return {
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await working;
    },
  };
}
