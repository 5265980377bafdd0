/** Messages as frames of a WebSocket (RFC 6455, 5.2): bytes, and nothing of sockets. */

import type { Answer } from '../pubsub/group.ts';

/** The last frame of a text message; from a server it is not masked. */
const lastOfText = 0x81;

/** A `next` message, as graphql-ws writes it, around an operation's id and an answer. */
const beforeId = Buffer.from('{"id":"');
const afterId = Buffer.from('","type":"next","payload":');
const end = Buffer.from('}');
const around = beforeId.length + afterId.length + end.length;

/** An operation's id as it stands in a message: its bytes in UTF-8, one a character. */
export const inMessage = (id: string): string => Buffer.from(JSON.stringify(id).slice(1, -1)).toString('latin1');

/** The frame of a message. */
export function frameOf(message: string): Buffer {
  const length = Buffer.byteLength(message);
  const buffer = Buffer.allocUnsafe(frameLength(length));
  buffer.write(message, writeHeader(buffer, 0, length));
  return buffer;
}

/** Of a `next` message, in bytes; here and below the id is as it stands in a message. */
export const nextLength = (id: string, { bytes }: Answer): number => frameLength(messageLength(id, bytes));

const messageLength = (id: string, bytes: Buffer): number => around + id.length + bytes.length;

/** Writes a `next` message for each answer. */
export function writeNexts(buffer: Buffer, id: string, answers: readonly Answer[]): void {
  let at = 0;
  for (const { bytes } of answers) {
    at = writeHeader(buffer, at, messageLength(id, bytes));
    at += beforeId.copy(buffer, at);
    at += buffer.write(id, at, 'latin1');
    at += afterId.copy(buffer, at);
    at += bytes.copy(buffer, at);
    at += end.copy(buffer, at);
  }
}

/** The same in a buffer of their own. */
export function nextsOf(id: string, answers: readonly Answer[]): Buffer {
  let size = 0;
  for (const answer of answers) size += nextLength(id, answer);
  const buffer = Buffer.allocUnsafe(size);
  writeNexts(buffer, id, answers);
  return buffer;
}

/** Writes another operation's id, as long as the one that stands there, into `next` messages of the same answers. */
export function rewriteIds(buffer: Buffer, id: string, answers: readonly Answer[]): void {
  let at = 0;
  for (const { bytes } of answers) {
    const length = messageLength(id, bytes);
    buffer.write(id, at + headerLength(length) + beforeId.length, 'latin1');
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
