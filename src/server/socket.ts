/** What graphql-ws needs of one socket: frames in, frames out no faster than its reader takes them, and how it closes. */

import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Log } from '../log.ts';
import { type Closing, closeCodes } from './close-codes.ts';
import { createLag, type Lag, mostUnsent, slowReader } from './lag.ts';
import { createOperationIds } from './operation-ids.ts';

/** What a client may send; the rest are the server's own messages. */
const clientMessages = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);

export function close(socket: WebSocket, { code, reason }: Closing): void {
  if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
}

/** Answers what `makeServer` is to be given, and how far its reader is behind. The caller tells it of the socket's own close. */
export function protocolSocket(
  socket: WebSocket,
  { stall, log, onGiveUp }: { stall: number; log: Log; onGiveUp: () => void },
): { face: ProtocolSocket; lag: Lag } {
  const ids = createOperationIds();
  let onMessage: (message: string) => Promise<void> = () => Promise.resolve();
  const lag = createLag({ unsent: () => socket.bufferedAmount, stall, onStall: giveUp });
  socket.on('close', lag.end);

  function giveUp(): void {
    log.info({ unsent: socket.bufferedAmount }, 'a socket was closed: its reader has stalled');
    close(socket, closeCodes.TOO_SLOW);
    lag.end();
    // What it answers to the close is to be heard.
    socket.resume();
    onGiveUp();
  }

  function taken(): void {
    lag.taken();
    if (socket.isPaused && !lag.isBehind()) socket.resume();
  }

  socket.on('message', (data, isBinary) => {
    // Whoever was told to go is not listened to while it goes.
    if (socket.readyState !== WebSocket.OPEN) return;
    const message = isBinary ? undefined : parsed((data as Buffer).toString('utf8'));
    if (!isFromClient(message)) return close(socket, closeCodes.BAD_REQUEST);
    const ours = ids.incoming(message);
    if (ours === null) return;
    // graphql-ws takes a message that is parsed already, though its types say text.
    onMessage(ours as string).catch((error: unknown) => {
      log.error({ err: error }, 'a message on a socket failed');
      close(socket, closeCodes.TRY_AGAIN);
    });
  });

  const face: ProtocolSocket = {
    protocol: socket.protocol,
    onMessage(listener) {
      onMessage = listener;
    },
    send(frame) {
      const theirs = ids.outgoing(frame);
      // A frame after the close frame would be an error of the protocol.
      if (theirs === null || socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount >= mostUnsent) return giveUp();
      socket.send(theirs, taken);
      if (socket.bufferedAmount < slowReader) return;
      // It asks for more than it takes: nothing more is read from it either.
      socket.pause();
      return lag.caughtUp();
    },
    close(code = closeCodes.TRY_AGAIN.code, reason = '') {
      close(socket, { code, reason });
    },
  };
  return { face, lag };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isFromClient = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && clientMessages.has((message as { type?: unknown }).type as string);
