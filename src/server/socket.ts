/** What graphql-ws needs of one socket: frames in, frames out no faster than its reader takes them, and how it closes. */

import type { Duplex } from 'node:stream';
import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Log } from '../log.ts';
import type { Answer } from '../pubsub/group.ts';
import type { Outlet } from '../pubsub/subscriber.ts';
import { type Closing, closeCodes } from './close-codes.ts';
import { type Frames, type FramesOn, frameLength, frameOf, framesOf, startOfNext } from './frames.ts';
import { createLag, type Lag, mostUnsent, slowReader } from './lag.ts';
import { createOperationIds } from './operation-ids.ts';

/** What a client may send; the rest are the server's own messages. */
const clientMessages = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);

const framesOn = new WeakMap<WebSocket, Frames>();

/** What was said before is heard before. */
export function close(socket: WebSocket, { code, reason }: Closing): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  framesOn.get(socket)?.flush();
  socket.close(code, reason);
}

export type OneSocket = {
  /** What `makeServer` is to be given. */
  face: ProtocolSocket;
  /** How far its reader is behind. */
  lag: Lag;
  /** Where an operation's `next` messages are written, past graphql-ws. */
  outletOf(operationId: string): Outlet;
};

/** `connection` is what the socket was made of. The caller tells graphql-ws of the socket's own close. */
export function protocolSocket(
  socket: WebSocket,
  connection: Duplex,
  { openFrames, stall, log, onGiveUp }: { openFrames: FramesOn; stall: number; log: Log; onGiveUp: () => void },
): OneSocket {
  const ids = createOperationIds();
  let onMessage: (message: string) => Promise<void> = () => Promise.resolve();
  const frames = openFrames(connection, { isOpen: () => socket.readyState === WebSocket.OPEN, onTaken: taken });
  framesOn.set(socket, frames);
  const unsent = (): number => connection.writableLength + frames.unflushed();
  const lag = createLag({ unsent, stall, onStall: giveUp });
  socket.on('close', lag.end);

  function giveUp(): void {
    log.info({ unsent: unsent() }, 'a socket was closed: its reader has stalled');
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
      if (unsent() >= mostUnsent) return giveUp();
      frames.write(frameOf(theirs));
      return caughtUp() ?? undefined;
    },
    close(code = closeCodes.TRY_AGAIN.code, reason = '') {
      close(socket, { code, reason });
    },
  };
  /** Null if it is not behind. One that asks for more than it takes is not read from either. */
  function caughtUp(): Promise<void> | null {
    if (unsent() < slowReader || socket.readyState !== WebSocket.OPEN) return null;
    socket.pause();
    return lag.caughtUp();
  }

  function outletOf(operationId: string): Outlet {
    const start = startOfNext(ids.theirs(operationId) ?? '');
    return {
      write(answers) {
        if (socket.readyState !== WebSocket.OPEN) return answers.length;
        const fitting = answers.slice(0, fittingIn(slowReader - unsent(), start, answers));
        if (fitting.length > 0) frames.write(framesOf(start, fitting));
        return fitting.length;
      },
      ready: caughtUp,
    };
  }

  return { face, lag, outletOf };
}

/** How many of them can be written before the reader counts as slow: the last may pass the limit. */
function fittingIn(room: number, start: Buffer, answers: readonly Answer[]): number {
  let left = room;
  let count = 0;
  while (left > 0 && count < answers.length) {
    left -= frameLength(start.length + (answers[count]?.bytes.length ?? 0) + 1);
    count += 1;
  }
  return count;
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
