/** On what it was measured. */

import { arch, cpus, platform, release, totalmem } from 'node:os';

export type Machine = { processor: string; cores: number; memoryGiB: number; system: string; node: string };

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

export const describe = ({ processor, cores, memoryGiB, system, node }: Machine): string =>
  `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}`;
