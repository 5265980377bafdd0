/** A redis-server. */

import { findProgram, type Program } from './debian.ts';

export const findRedis = (): Promise<Program> =>
  findProgram({
    commands: ['redis-server', 'valkey-server'],
    proof: ['--version'],
    // The program is of redis-tools: redis-check-rdb, which redis-server has under another name.
    packages: ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'],
    unpacked: { command: 'usr/bin/redis-server' },
    missing: 'The tests need a Redis: install redis-server (or valkey-server), or set REDIS_URL.',
  });
