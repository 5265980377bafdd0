/**
 * Frames written straight to a socket's connection, each as one buffer, and all of a turn in one write: `next` messages
 * whose payload was made for many, and whatever graphql-ws says. `ws` would make a header, and two writes, for each.
 */

import type { Duplex } from 'node:stream';
import type { Answer } from '../pubsub/group.ts';
import { slowReader } from './lag.ts';

/** RFC 6455, 5.2: the last frame of a text message; from a server it is not masked. */
const lastOfText = 0x81;
const suffix = Buffer.from('}');

/** Whose connection it is. */
export type Writer = {
  isOpen(): boolean;
  /** What was written, or a part of it, has left this process. */
  taken(): void;
};

/** Flushes what was written to at the end of the turn; one for all connections of a process. */
export type Flusher = (frames: Frames) => void;

export function createFlusher(): Flusher {
  let written: Frames[] = [];

  function flushAll(): void {
    const flushing = written;
    written = [];
    for (const frames of flushing) frames.flush();
  }

  // After what is still to come of this turn: an answer and its `complete` go together.
  return (frames) => {
    if (written.push(frames) === 1) process.nextTick(flushAll);
  };
}

/**
 * What is written in this turn on one connection. After a close frame nothing may follow: what had not gone by then is read
 * again by whoever comes back with a cursor. An event is written to thousands in a row, and to reach for what lies scattered
 * in memory costs as much as to write: what that needs is here.
 */
export class Frames {
  readonly #connection: Duplex;
  readonly #writer: Writer;
  readonly #flushLater: Flusher;
  #waiting: Buffer | null = null;
  #more: Buffer[] | null = null;
  #size = 0;
  /** Bytes that the connection held back when it was last looked at. */
  #heldBack = 0;

  constructor(connection: Duplex, writer: Writer, flushLater: Flusher) {
    this.#connection = connection;
    this.#writer = writer;
    this.#flushLater = flushLater;
  }

  write(frame: Buffer): void {
    this.#size += frame.length;
    if (this.#waiting) {
      this.#more ??= [];
      this.#more.push(frame);
      return;
    }
    this.#waiting = frame;
    this.#flushLater(this);
  }

  /** To be called before anything else is written to the connection, such as the close. */
  flush(): void {
    if (!this.#waiting) return;
    const whole = this.#more ? Buffer.concat([this.#waiting, ...this.#more], this.#size) : this.#waiting;
    this.#waiting = null;
    this.#more = null;
    this.#size = 0;
    if (this.#writer.isOpen()) this.#send(whole);
  }

  /** Bytes that have not left this process yet. */
  unsent(): number {
    this.#heldBack = this.#connection.writableLength;
    return this.#heldBack + this.#size;
  }

  /** The same as of the last write: hardly any connection holds back, and to look at each is not cheap. */
  unsentAtLast(): number {
    return this.#heldBack + this.#size;
  }

  /** What leaves at once, and is not much, is not asked after. */
  #send(whole: Buffer): void {
    const connection = this.#connection;
    if (connection.writableLength === 0 && whole.length < slowReader) connection.write(whole);
    else connection.write(whole, () => this.#taken());
    this.#heldBack = connection.writableLength;
  }

  #taken(): void {
    this.#heldBack = this.#connection.writableLength;
    this.#writer.taken();
  }
}

/** The start of each `next` message of an operation, as graphql-ws writes it: its bytes in UTF-8, one a character. */
export const startOfNext = (id: string): string =>
  Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`).toString('latin1');

/** The frame of a message. */
export function frameOf(message: string): Buffer {
  const length = Buffer.byteLength(message);
  const buffer = Buffer.allocUnsafe(frameLength(length));
  buffer.write(message, writeHeader(buffer, 0, length));
  return buffer;
}

/** A frame for each answer, in one buffer. */
export function framesOf(start: string, answers: readonly Answer[]): Buffer {
  let size = 0;
  for (const { bytes } of answers) size += frameLength(start.length + bytes.length + suffix.length);
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { bytes } of answers) {
    at = writeHeader(buffer, at, start.length + bytes.length + suffix.length);
    at += buffer.write(start, at, 'latin1');
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
