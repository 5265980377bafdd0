/** Which part of the machine's processors is used by whom: figures of a machine that has none left tell little. */

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import type { Ground } from './ground.ts';
import type { Usage } from './usage.ts';

/** Per cent of all processors together, by whom: children as they are called, and all that they stand on. */
export type Shares = Record<string, number>;

type Children = Record<string, readonly { ask(name: 'usage'): Promise<Usage> }[]>;

export type Processors = {
  /** Begins to look; what it resolves to tells who used what since then. */
  watch(children: Children): Promise<() => Promise<Shares>>;
  end(): Promise<void>;
};

/** PostgreSQL and the rest of the machine are asked of Linux's /proc, and are left out elsewhere. */
export function openProcessors({ postgresUrl, redisUrl }: Ground): Processors {
  const redis = new Redis(redisUrl);
  const sql = postgres(postgresUrl, { max: 1 });

  /** Microseconds by each so far. */
  async function used(children: Children): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const [name, those] of Object.entries(children)) {
      const usages = await Promise.all(those.map((child) => child.ask('usage')));
      found[name] = usages.reduce((sum, { cpu }) => sum + cpu, 0);
    }
    found['Redis'] = cpuOfRedis(await redis.info('cpu'));
    if (process.platform !== 'linux') return found;
    const backends = await sql<{ pid: number }[]>`select pid from pg_stat_activity`;
    found['PostgreSQL'] = backends.reduce((sum, { pid }) => sum + cpuOf(pid), 0);
    found['nobody'] = idleTime();
    return found;
  }

  return {
    async watch(children) {
      const [from, before] = [performance.now(), await used(children)];
      return async () => {
        const after = await used(children);
        const all = (performance.now() - from) * 1_000 * cpus().length;
        const shares = Object.entries(after).map(
          ([name, cpu]) => [name, (100 * (cpu - (before[name] ?? 0))) / all] as const,
        );
        const told = shares.reduce((sum, [, share]) => sum + share, 0);
        return Object.fromEntries('nobody' in after ? [...shares, ['anything else', 100 - told]] : shares);
      };
    },
    async end() {
      redis.disconnect();
      await sql.end();
    },
  };
}

function cpuOfRedis(info: string): number {
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

/** What Linux counts in, a hundredth of a second, in microseconds. */
const tick = 10_000;

/** Of a process's user and system time; 0 when it has ended. */
function cpuOf(pid: number): number {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
    const fields = rest.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tick;
  } catch {
    return 0;
  }
}

/** Of all processors together, with nothing to do but wait for a disk. */
function idleTime(): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  const [, , , , idle, waiting] = line.split(/\s+/);
  return (Number(idle) + Number(waiting)) * tick;
}
