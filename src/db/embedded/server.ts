/** Starts the PostgreSQL program on a folder and waits until it takes connections. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type Log, StartupError } from '../../log.ts';
import type { Account } from './account.ts';
import { type Guarded, spawnGuarded, stopGuarded } from './guarded.ts';
import { occupied } from './occupied.ts';

export type Server = { port: number; stop(): Promise<void>; onExit(listener: () => void): void };

/** `settings` are those of postgresql.conf. It listens on 127.0.0.1 only. */
export async function startServer(options: {
  postgres: string;
  data: string;
  account: Account;
  settings: Record<string, string>;
  log: Log;
}): Promise<Server> {
  const { postgres, data, account, log } = options;
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const settings = {
      ...options.settings,
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    };
    const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // SIGINT cuts the clients and leaves the folder clean.
    const { prefix, identity } = account;
    const child = spawnGuarded([...prefix, postgres, '-D', data, ...words], { signal: 'INT', identity });
    const complaint = await untilReady(child, log);
    if (complaint === null) {
      return { port, stop: () => stopGuarded(child), onExit: (listener) => void child.once('exit', listener) };
    }
    if (complaint.includes('lock file "postmaster.pid" already exists')) throw occupied(data);
    // Somebody took the port in between.
    if (complaint.includes('could not bind') && attempt < 5) continue;
    // The processes of a server that was killed outlive it for a moment.
    if (complaint.includes('shared memory block') && attempt < 100) {
      await delay(50);
      continue;
    }
    throw new StartupError(`The embedded PostgreSQL on ${data} did not start:\n${complaint}`);
  }
}

/** Null once it takes connections, or its last lines if it ended before. */
function untilReady(child: Guarded, log: Log): Promise<string | null> {
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(last.join('\n')));
    // Read to the end of its life: PostgreSQL waits when nobody takes its lines.
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.debug({ line }, 'PostgreSQL');
      last.push(line);
      if (last.length > 20) last.shift();
      if (line.includes('database system is ready to accept connections')) resolve(null);
    });
  });
}

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server without a port');
  return address.port;
}
