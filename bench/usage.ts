/** What a process says of itself: the same question to Haggle and to every peer. */

import { setTimeout as delay } from 'node:timers/promises';

export type Usage = {
  /** Microseconds that the process has had of a processor, in its own code and in the kernel's, since it began. */
  cpu: number;
  /** Bytes of memory that it holds, and the most it ever held. */
  rss: number;
  peakRss: number;
};

export const usageDeeds = {
  pid: (): number => process.pid,
  usage(): Usage {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, rss: process.memoryUsage.rss(), peakRss: process.resourceUsage().maxRSS * 1024 };
  },
  /** The same once nothing is left to collect; the process needs `--expose-gc`. */
  async settledUsage(): Promise<Usage> {
    for (let round = 0; round < 3; round += 1) {
      await delay(200);
      globalThis.gc?.();
    }
    return usageDeeds.usage();
  },
};

export type UsageDeeds = typeof usageDeeds;
