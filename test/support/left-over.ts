/** Fails a test file that leaves a connection, a server, a program or a timer open. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';

const watched = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap', 'Timeout'];

const open = (): string[] => process.getActiveResourcesInfo().filter((kind) => watched.includes(kind));

const known = open();

function leftOver(): string[] {
  const rest = [...known];
  return open().filter((kind) => {
    const at = rest.indexOf(kind);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

// Registered before any hook of the file, so it runs after them. What was closed takes a moment to be gone.
afterAll(async () => {
  const until = Date.now() + 3_000;
  while (leftOver().length > 0 && Date.now() < until) await delay(20);
  const left = leftOver();
  if (left.length > 0) throw new Error(`Left open after the last test: ${left.join(', ')}`);
});
