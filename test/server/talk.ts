/** A raw socket that speaks graphql-transport-ws frame by frame, for what a proper client would never send. */

import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Frame = { id?: string; type: string; payload?: Payload | Payload[] };
export type Payload = {
  data?: Record<string, unknown> | null;
  errors?: PayloadError[];
  message?: string;
} & Partial<PayloadError>;
type PayloadError = { message: string; extensions: { code: string } };

export type Talk = {
  socket: WebSocket;
  send(...frames: unknown[]): void;
  /** The next frame that came; they queue up. */
  next(): Promise<Frame>;
  /** All that came so far and nobody asked for. */
  queued(): Frame[];
  closed: Promise<{ code: number; reason: string }>;
};

export async function talk(url: string, protocol: string | string[] = 'graphql-transport-ws'): Promise<Talk> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol);
  const frames: Frame[] = [];
  let waiting: ((frame: Frame) => void) | undefined;
  socket.on('message', (data) => {
    const frame = JSON.parse((data as Buffer).toString('utf8')) as Frame;
    if (waiting) waiting(frame);
    else frames.push(frame);
    waiting = undefined;
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  return {
    socket,
    send: (...all) => {
      for (const frame of all) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
    next: () => {
      const frame = frames.shift();
      if (frame) return Promise.resolve(frame);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    queued: () => [...frames],
    closed,
  };
}

/** Opens a socket and waits until it is acknowledged. */
export async function connect(url: string, token?: string): Promise<Talk> {
  const talking = await talk(url);
  talking.send({ type: 'connection_init', ...(token === undefined ? {} : { payload: { token } }) });
  const frame = await talking.next();
  if (frame.type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${frame.type}`);
  return talking;
}

export const operation = (id: string, query: string, variables?: Record<string, unknown>) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
});

/** Sends frames in one packet, so that the server reads them in one turn. */
export function inOnePacket({ socket, send }: Talk, ...frames: unknown[]): void {
  const connection = (socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;
  connection.cork();
  send(...frames);
  connection.uncork();
}
