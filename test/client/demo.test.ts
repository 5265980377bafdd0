/** The demo, as its audience runs it: by itself, and with a database and a Redis to share. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { servers } from '../support/servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const database = await createTestDatabase();

/** Nothing is at the port that it looks at first, so it starts its own. */
async function demo(environment: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const program = spawn(process.execPath, ['examples/demo/main.ts'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: '', PORT: '1', NO_COLOR: '1', ...environment },
  });
  let said = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  const [code] = (await once(program, 'close')) as [number];
  return { code, said };
}

test('the demo plays a market against a server with all of its own, and finds it as it has to be', {
  timeout: 90_000,
}, async () => {
  const { code, said } = await demo({});
  expect(said).toContain('with a PostgreSQL of its own');
  expect(said).toContain('each exactly once to whom it concerns and to nobody else');
  expect(code).toBe(0);
});

test('the demo plays a market across two processes, customers on one and vendors on the other', {
  timeout: 90_000,
}, async () => {
  const { code, said } = await demo({ DATABASE_URL: database.url, REDIS_URL: servers().redisUrl });
  expect(said).toContain('two servers started for it');
  expect(said).toContain('each exactly once to whom it concerns and to nobody else');
  expect(code).toBe(0);
});
