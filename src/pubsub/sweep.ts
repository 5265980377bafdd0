/** Twice a second, finds out what was committed since: so a ring that was lost costs a second at most, never an event. */

import type { Swept } from '../domain/history.ts';
import type { Log } from '../log.ts';
import type { History } from './history.ts';

export type Sweep = {
  /** Whether the last one failed. */
  failing(): boolean;
  /** Which server and database answered last; null before any has. */
  source(): string | null;
  /** Does not wait for the next one to be due: something says that another database answers now. */
  hurry(): void;
  stop(): void;
};

export function createSweep(deps: {
  history: History;
  /** Milliseconds from the end of one to the next, and after one that failed. */
  every: number;
  rest: number;
  log: Log;
  onMoved: (moved: Swept['moved']) => void;
  /** Called where the database may tell another history, or something may have been stepped over. */
  compareAll: () => Promise<void>;
}): Sweep {
  const { history, every, rest, log, onMoved, compareAll } = deps;
  let last: Swept | null = null;
  /** The first only finds out where to start: what was committed before it, while topics opened, is found by comparing. */
  let inDoubt = true;
  let failing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  async function sweep(): Promise<void> {
    const swept = await history.sweep(last?.horizon ?? null);
    if (stopped) return;
    // After a restore or a failover, numbers of transactions and events may be given out a second time.
    inDoubt ||= swept.source !== last?.source || BigInt(swept.next) < BigInt(last.next);
    last = swept;
    onMoved(swept.moved);
    if (inDoubt) await compareAll();
    inDoubt = false;
  }

  async function run(): Promise<void> {
    running = true;
    try {
      await sweep();
      if (failing) log.info('The database answers the sweep again');
      failing = false;
    } catch (error) {
      if (!failing && !stopped)
        log.warn({ err: error }, 'The sweep failed: lost rings are not repaired until it works again');
      failing = true;
      inDoubt = true;
    }
    running = false;
    if (!stopped) timer = setTimeout(() => void run(), failing ? rest : every).unref();
  }

  void run();
  return {
    failing: () => failing,
    source: () => last?.source ?? null,
    hurry() {
      if (running || stopped) return;
      clearTimeout(timer);
      void run();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
