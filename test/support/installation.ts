/** Keeps what tests ring apart, though all of them share one Redis. */

import { randomBytes } from 'node:crypto';
import { servers } from './servers.ts';

/** The shared Redis, as an installation of its own sees it. */
export function installation(): string {
  const url = new URL(servers().redisUrl);
  url.pathname = `/${randomBytes(6).toString('hex')}`;
  return url.href;
}
