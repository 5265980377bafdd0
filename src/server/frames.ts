/**
 * Frames written straight to a socket's connection, each as one buffer, and all of a turn in one write: `next` messages
 * whose payload was made for many, and whatever graphql-ws says. `ws` would make a header, and two writes, for each.
 */

import type { Duplex } from 'node:stream';
import type { Answer } from '../pubsub/group.ts';

/** RFC 6455, 5.2: the last frame of a text message; from a server it is not masked. */
const lastOfText = 0x81;
const suffix = Buffer.from('}');

/** What is written in this turn on one connection. */
export type Frames = {
  write(frame: Buffer): void;
  /** To be called before anything else is written to the connection, such as the close. */
  flush(): void;
  /** Bytes that are not flushed yet. */
  unflushed(): number;
};

/** `onTaken` is called when what was written has left this process. */
export type FramesOn = (connection: Duplex, events: { isOpen(): boolean; onTaken(): void }) => Frames;

/**
 * One for all connections of a process: at the end of the turn it flushes those that were written to. After a close frame
 * nothing may follow: what had not gone by then is read again by whoever comes back with a cursor.
 */
export function createFlusher(): FramesOn {
  let written: Frames[] = [];

  function flushAll(): void {
    const flushing = written;
    written = [];
    for (const frames of flushing) frames.flush();
  }

  return (connection, { isOpen, onTaken }) => {
    let waiting: Buffer | null = null;
    let more: Buffer[] = [];
    let size = 0;
    const frames: Frames = {
      write(frame) {
        size += frame.length;
        if (waiting) return void more.push(frame);
        waiting = frame;
        // After what is still to come of this turn: an answer and its `complete` go together.
        if (written.push(frames) === 1) process.nextTick(flushAll);
      },
      flush() {
        if (!waiting) return;
        const whole = more.length === 0 ? waiting : Buffer.concat([waiting, ...more], size);
        waiting = null;
        more = [];
        size = 0;
        if (isOpen()) connection.write(whole, onTaken);
      },
      unflushed: () => size,
    };
    return frames;
  };
}

/** The start of each `next` message of an operation, as graphql-ws writes it. */
export const startOfNext = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);

/** The frame of a message. */
export function frameOf(message: string): Buffer {
  const length = Buffer.byteLength(message);
  const buffer = Buffer.allocUnsafe(frameLength(length));
  buffer.write(message, writeHeader(buffer, 0, length));
  return buffer;
}

/** A frame for each answer, in one buffer. */
export function framesOf(start: Buffer, answers: readonly Answer[]): Buffer {
  let size = 0;
  for (const { bytes } of answers) size += frameLength(start.length + bytes.length + suffix.length);
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { bytes } of answers) {
    at = writeHeader(buffer, at, start.length + bytes.length + suffix.length);
    at += start.copy(buffer, at);
    at += bytes.copy(buffer, at);
    at += suffix.copy(buffer, at);
  }
  return buffer;
}

const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** Of a message so long, in bytes, with its header. */
export const frameLength = (length: number): number => headerLength(length) + length;

function writeHeader(buffer: Buffer, at: number, length: number): number {
  buffer[at] = lastOfText;
  if (length < 126) {
    buffer[at + 1] = length;
  } else if (length < 65_536) {
    buffer[at + 1] = 126;
    buffer.writeUInt16BE(length, at + 2);
  } else {
    buffer[at + 1] = 127;
    buffer.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + headerLength(length);
}
