/** Everything that is opened registers how it is closed; closing runs in reverse order, once, with a time limit for each. */

import type { Log } from './log.ts';

export type Lifecycle = {
  /** `limit` in milliseconds: a closer that takes longer is left behind. Registered while closing, it runs at once. */
  onClose(name: string, close: () => unknown, limit?: number): void;
  /** Resolves when every closer has run; a second call waits for the first. Never rejects: failures are logged. */
  close(): Promise<void>;
};

export function createLifecycle({ log }: { log: Log }): Lifecycle {
  const closers: { name: string; close: () => unknown; limit: number }[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    for (let next = closers.pop(); next; next = closers.pop()) await closeOne(next);
  }

  async function closeOne({ name, close, limit }: (typeof closers)[number]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limit);
    });
    try {
      const outcome = await Promise.race([Promise.resolve().then(close), late]);
      if (outcome === 'late') log.warn({ name, limit }, 'closing took too long and was left behind');
    } catch (error) {
      log.error({ name, err: error }, 'closing failed');
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    onClose(name, close, limit = 5_000) {
      closers.push({ name, close, limit });
      if (closing) closing = closing.then(closeAll);
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** Closes on SIGTERM and SIGINT and ends the process when done; a second signal ends it at once. */
export function closeOnSignals(lifecycle: Lifecycle, log: Log): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, 'stopping');
      void lifecycle.close().then(() => process.exit(0));
    });
  }
}
