/** What a process says of itself: the same question to Haggle and to every peer. */

import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';

export type Usage = {
  /** Microseconds that the process has had of a processor, in its own code and in the kernel's, since it began. */
  cpu: number;
  /** Bytes of memory that it holds, and the most it ever held. */
  rss: number;
  peakRss: number;
};

/** Milliseconds, and some more, for which V8 keeps the pages that it gave up: they come and go by tens of megabytes. */
const pooled = 10_000;

export const usageDeeds = {
  pid: (): number => process.pid,
  usage(): Usage {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, rss: process.memoryUsage.rss(), peakRss: process.resourceUsage().maxRSS * 1024 };
  },
  /** The same once nothing is left to collect. Needs `--expose-gc`. */
  async settledUsage(): Promise<Usage> {
    for (let round = 0; round < 3; round += 1) {
      await delay(200);
      globalThis.gc?.();
    }
    return usageDeeds.usage();
  },
  /** Bytes of memory that it holds for good, without V8's young generation. Needs `--expose-gc`. */
  async lastingMemory(): Promise<number> {
    await usageDeeds.settledUsage();
    await delay(pooled);
    return process.memoryUsage.rss() - youngGeneration();
  },
};

/** Room for what is new, and holds nothing now; it grows to a hundred megabytes and shrinks as V8 likes. */
const youngGeneration = (): number =>
  getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name.startsWith('new_'))
    .reduce((sum, { physical_space_size }) => sum + physical_space_size, 0);

export type UsageDeeds = typeof usageDeeds;
