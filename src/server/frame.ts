/** Messages as frames of a WebSocket (RFC 6455, 5.2): bytes, and nothing of sockets. */

import type { Answer } from '../pubsub/group.ts';

/** The last frame of a text message; from a server it is not masked. */
const lastOfText = 0x81;
const suffix = Buffer.from('}');

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

/** Of a `next` message, in bytes. */
export const nextLength = (start: string, { bytes }: Answer): number =>
  frameLength(start.length + bytes.length + suffix.length);

/** Writes a `next` message for each answer. */
export function writeNexts(buffer: Buffer, start: string, answers: readonly Answer[]): void {
  let at = 0;
  for (const { bytes } of answers) {
    at = writeHeader(buffer, at, start.length + bytes.length + suffix.length);
    at += buffer.write(start, at, 'latin1');
    at += bytes.copy(buffer, at);
    at += suffix.copy(buffer, at);
  }
}

/** The same in a buffer of their own. */
export function nextsOf(start: string, answers: readonly Answer[]): Buffer {
  let size = 0;
  for (const answer of answers) size += nextLength(start, answer);
  const buffer = Buffer.allocUnsafe(size);
  writeNexts(buffer, start, answers);
  return buffer;
}

/** Writes another operation's start, as long as the one that stands there, over `next` messages of the same answers. */
export function rewriteStarts(buffer: Buffer, start: string, answers: readonly Answer[]): void {
  let at = 0;
  for (const { bytes } of answers) {
    const length = start.length + bytes.length + suffix.length;
    buffer.write(start, at + headerLength(length), 'latin1');
    at += frameLength(length);
  }
}

const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** Of a message so long, in bytes, with its header. */
const frameLength = (length: number): number => headerLength(length) + length;

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
