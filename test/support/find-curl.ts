/** What the examples for a shell need: curl and jq. */

import { delimiter, dirname } from 'node:path';
import { findProgram } from './debian.ts';

/** An environment in which a shell finds both. */
export async function findCurlAndJq(): Promise<NodeJS.ProcessEnv> {
  const found = await Promise.all(
    ['curl', 'jq'].map((name) =>
      findProgram({
        commands: [name],
        proof: ['--version'],
        packages: [name],
        unpacked: { command: `usr/bin/${name}` },
        missing: `The tests of the examples for a shell need ${name}: install it.`,
      }),
    ),
  );
  const folders = found.map(({ command }) => dirname(command)).filter((folder) => folder !== '.');
  const libraries = found.flatMap(({ env }) => env['LD_LIBRARY_PATH'] || []);
  return {
    PATH: [...folders, process.env['PATH']].join(delimiter),
    ...(libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(delimiter) } : {}),
  };
}
