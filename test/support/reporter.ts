/** Closes the output with how many tests passed and failed, alone on the last line. */

import { writeSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** A file that could not be loaded, a hook that failed and an error outside of any test count as failed, too. */
export const tally: Reporter = {
  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      passed += states.filter((state) => state === 'passed').length;
      const failures = states.filter((state) => state === 'failed').length;
      failed += failures === 0 && !module.ok() ? 1 : failures;
    }
    // The exit is the last that happens: after the other reporters and the teardown, which may fail too.
    process.once('exit', (code) => {
      if (code !== 0 && failed === 0) failed = 1;
      writeSync(1, `\n${passed} passed, ${failed} failed\n`);
    });
  },
};
