/** A process that runs the embedded PostgreSQL on the folder it is told, says its address, and waits to be ended. */

import { startEmbedded } from '../../src/db/embedded.ts';
import { createLog, lastWords } from '../../src/log.ts';

const log = createLog({ level: 'silent', pretty: false, output: process.stderr });
try {
  const embedded = await startEmbedded({ dataDir: process.argv[2] ?? '', log, noSync: true });
  console.log(embedded.url);
  process.once('SIGTERM', () => void embedded.stop().then(() => process.exit(0)));
} catch (error) {
  console.error(lastWords(error));
  process.exitCode = 1;
}
