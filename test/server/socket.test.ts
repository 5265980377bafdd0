/** A client that does not read, over a real connection: when its server finds that it has caught up. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createLog } from '../../src/log.ts';
import { createFlusher } from '../../src/server/frames.ts';
import { slowReader } from '../../src/server/lag.ts';
import { Client } from '../../src/server/socket.ts';

const log = createLog({ level: 'silent', pretty: false, output: process.stderr });
const server = createServer().listen(0, '127.0.0.1');
const sockets = new WebSocketServer({ noServer: true });
await once(server, 'listening');
afterAll(() => {
  for (const socket of sockets.clients) socket.terminate();
  server.close();
});

/** What a client reads with, and the client as its server knows it. */
async function open() {
  const accepted = Promise.withResolvers<Client>();
  const terms = { flusher: createFlusher(), stall: 60_000, log };
  server.once('upgrade', (request, connection: Duplex, head) => {
    sockets.handleUpgrade(request, connection, head, (socket) => {
      accepted.resolve(new Client(socket, connection, terms));
    });
  });
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(reader, 'open');
  return { reader, client: await accepted.promise };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('catches up though a ping made it count as slow, and nothing was written after', async () => {
  const { reader, client } = await open();
  reader.pause();
  // With its header a byte less than what counts as slow.
  const message = 'x'.repeat(slowReader - 5);
  for (; client.unsent() === 0; await turn()) void client.send(message);
  expect(client.caughtUp()).toBeNull();
  client.socket.ping();
  const caughtUp = client.caughtUp();
  expect(client.isBehind()).toBe(true);
  reader.resume();
  await caughtUp;
  expect(client.isBehind()).toBe(false);
  expect(client.isOpen()).toBe(true);
  expect(client.socket.isPaused).toBe(false);
});
