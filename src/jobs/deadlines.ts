/** Keeps deadlines without anybody asking: looks when the next one is due, at the latest every second, and does what is. */

import type { Commands } from '../commands/commands.ts';
import type { Database } from '../db/connection.ts';
import { untilNextDue } from '../db/deadlines.ts';
import type { Log } from '../log.ts';
import { createTroubles } from './troubles.ts';

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
  const troubles = createTroubles(log, 'Deadlines could not be kept; it will be tried again');
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
      troubles.over();
    } catch (error) {
      wait = shortest;
      troubles.tell(error);
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

  return {
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await working;
    },
  };
}
