/** How the tests run: each file in a process of its own, two at a time, against real servers. */

import { defineConfig } from 'vitest/config';
import { tally } from './test/support/reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/global-setup.ts',
    setupFiles: './test/support/left-over.ts',
    pool: 'forks',
    maxWorkers: 2,
    // Node loads everything itself, as it does in production: what runs here runs there.
    experimental: { viteModuleRunner: false },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Where other programs take the machine away, a test that waits for real ones may come too late once, not twice.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    reporters: ['default', tally],
    // A test is never silently left out.
    allowOnly: false,
  },
});
