/** The process as a whole: what it says at its start, how it stops, and why it does not start. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { servers } from '../support/servers.ts';
import { type Program, runProgram, startProgram } from './program.ts';
import { connect, operation } from './talk.ts';

const { url: DATABASE_URL } = await createTestDatabase();

async function start(env: Record<string, string> = {}): Promise<Program> {
  const program = await startProgram({ DATABASE_URL, ...env });
  onTestFinished(async () => {
    program.signal('SIGKILL');
    await program.ended;
  });
  return program;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'haggle-process-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe('a process', () => {
  test('says where to look, and is ready', async () => {
    const program = await start({ NODE_ENV: 'production', REDIS_URL: servers().redisUrl });
    expect(program.said()).toContain('/health/ready');
    const health = await fetch(`${program.url}/health/ready`);
    expect(health.status).toBe(200);
    await expect(health.json()).resolves.toEqual({ status: 'ready', database: 'up', events: 'live' });
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s: sockets are told to come back, requests end, exit 0',
    async (signal) => {
      const program = await start();
      const token = await program.token('casey', 'customer');
      const talking = await connect(program.url, token);
      talking.send(operation('1', 'subscription { bidPlaced { id } }'));
      const stream = await fetch(`${program.url}/graphql`, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: 'subscription { bidPlaced { id } }' }),
      });
      const cutOff = stream.text().then(
        () => 'completed',
        () => 'cut off',
      );
      const began = Date.now();
      program.signal(signal);
      expect(await program.ended).toBe(0);
      // Where there are few, not over all of DRAIN_SECONDS.
      expect(Date.now() - began).toBeLessThan(8_000);
      expect((await talking.closed).code).toBe(1012);
      expect(await cutOff).toBe('cut off');
      expect(talking.queued()).toEqual([]);
      await expect(fetch(`${program.url}/health/live`)).rejects.toThrow('fetch failed');
    },
  );

  test('ends at once on a second signal', async () => {
    const program = await start();
    const talking = await connect(program.url);
    // A client that never answers the close holds up the stop.
    talking.socket.pause();
    program.signal('SIGTERM');
    program.signal('SIGINT');
    expect(await program.ended).toBe(1);
    talking.socket.terminate();
  });

  test('without a secret, in development, lets anybody sign in', async () => {
    const program = await start({ AUTH_SECRET: '', DATA_DIR: await folder() });
    expect(program.said()).toContain('choose at its top who you are');
    const answer = await fetch(`${program.url}/dev/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sub: 'casey', role: 'customer', name: 'Casey' }),
    });
    const { token } = (await answer.json()) as { token: string };
    const talking = await connect(program.url, token);
    talking.socket.terminate();
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
  });
});

describe('a process says in one sentence that', () => {
  test('its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const PORT = String((other.address() as AddressInfo).port);
    const { code, said } = await runProgram({ DATABASE_URL, PORT });
    expect({ code, said }).toEqual({
      code: 1,
      said: `Port ${PORT} is in use by another program: set PORT to another one.\n`,
    });
  });

  test('its database cannot be reached', async () => {
    const { code, said } = await runProgram({ DATABASE_URL: 'postgres://a:secret@127.0.0.1:1/market' });
    expect(code).toBe(1);
    expect(said).toMatch(/^The database market at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*\.\n$/);
  });

  test('its database is not there', async () => {
    const url = new URL(DATABASE_URL);
    url.pathname = '/haggle_nowhere';
    const { code, said } = await runProgram({ DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(said).toMatch(
      /^The database haggle_nowhere at \S+ cannot be used: database "haggle_nowhere" does not exist\.\n$/,
    );
  });

  test('in production it needs to know whose tokens to trust', async () => {
    const { code, said } = await runProgram({ DATABASE_URL, NODE_ENV: 'production', AUTH_SECRET: '' });
    expect(code).toBe(1);
    expect(said).toContain('In production AUTH_SECRET or AUTH_JWKS_URL has to be set');
  });
});
