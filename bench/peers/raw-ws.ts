/** The floor: `ws` alone, which sends each socket of a topic one shared buffer. */

import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { frameOf, nextEvent } from '../bid-placed.ts';
import { serve } from './peer.ts';

const followers = new Map<string, Set<WebSocket>>();

serve({
  async start() {
    const server = createServer();
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on('connection', (socket, request) => {
      const topic = request.url?.slice(1) ?? '';
      const those = followers.get(topic) ?? new Set();
      followers.set(topic, those.add(socket));
      socket.on('close', () => those.delete(socket));
    });
    return server;
  },
  publish(topic) {
    const message = Buffer.from(frameOf(nextEvent(topic)));
    for (const socket of followers.get(topic) ?? []) socket.send(message, { binary: false });
  },
});
