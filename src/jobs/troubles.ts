/** Says what goes wrong in a job that tries again by itself: of a database that is away once, not at each try. */

import { isAway } from '../db/away.ts';
import type { Log } from '../log.ts';

export type Troubles = {
  tell(error: unknown): void;
  /** It works again. */
  over(): void;
};

export function createTroubles(log: Log, what: string): Troubles {
  let away = false;
  return {
    tell(error) {
      if (isAway(error) && away) return;
      away = isAway(error);
      log.warn({ err: error }, what);
    },
    over() {
      away = false;
    },
  };
}
