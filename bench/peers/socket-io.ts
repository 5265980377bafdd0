/** Socket.IO with its Redis adapter: a room for each topic. */

import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { nextEvent } from '../bid-placed.ts';
import { serve } from './peer.ts';

let io: Server;

serve({
  async start({ redisUrl }) {
    const server = createServer();
    const publisher = new Redis(redisUrl);
    io = new Server(server, { adapter: createAdapter(publisher, publisher.duplicate()) });
    io.on('connection', (socket) => {
      socket.on('join', (topic: string) => void socket.join(topic));
    });
    return server;
  },
  publish: (topic) => void io.to(topic).emit('bidPlaced', nextEvent(topic)),
});
