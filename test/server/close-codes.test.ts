/** The table of close codes says the truth about the client that most people use. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createClient } from 'graphql-ws';
import { afterAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { closeCodes } from '../../src/server/close-codes.ts';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' });
await once(server, 'listening');
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  server.close();
});

test.each(Object.values(closeCodes))(
  'after $code ($reason) a client comes back: $retried',
  async ({ code, reason, retried }) => {
    let connections = 0;
    server.removeAllListeners('connection').on('connection', (socket) => {
      connections += 1;
      socket.close(code, reason);
    });
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      retryAttempts: 1,
      retryWait: () => Promise.resolve(),
    });
    await new Promise<void>((resolve) => {
      client.subscribe(
        { query: '{ __typename }' },
        { next: () => {}, error: () => resolve(), complete: () => resolve() },
      );
    });
    expect(connections).toBe(retried ? 2 : 1);
    await client.dispose();
  },
);
