/** Real Redis servers: the one all tests share, and those that a test may kill. */

import { createInterface } from 'node:readline';
import { type Guarded, spawnGuarded, stopGuarded } from '../../src/db/embedded/guarded.ts';
import { freePort } from '../../src/db/embedded/server.ts';
import { findRedis } from './find-redis.ts';

export type Redis = {
  url: string;
  port: number;
  /** Lets it go in order. */
  stop(): Promise<void>;
  /** As by kill -9. Resolves when it is gone. */
  kill(): Promise<void>;
};

/** On 127.0.0.1, empty, keeping nothing. `port`: where one ran before. It ends with this process at the latest. */
export async function startRedis(options: { port?: number } = {}): Promise<Redis> {
  const { command, env } = await findRedis();
  const port = options.port ?? (await freePort());
  const settings = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', daemonize: 'no', dir: '/tmp' };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawnGuarded([command, ...words], { signal: 'TERM', env: { ...process.env, ...env } });
  await untilReady(child);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => stopGuarded(child),
    async kill() {
      // The shell leads a group of its own: with it goes the server.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await stopGuarded(child);
    },
  };
}

function untilReady(child: Guarded): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`Redis did not start:\n${said.join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('eady to accept connections')) resolve();
    });
  });
}
