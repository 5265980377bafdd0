/**
 * Cursors: opaque places in a stream, which may be made of several topics. base64url of a version byte and, for each
 * topic, 8 bytes that name stream and topic, the position as a varint and the tag in 8 bytes; sorted, so that equal places
 * give equal cursors. It tells its reader nothing but how far topics have moved that it may follow anyway.
 */

import { hash } from 'node:crypto';
import type { Place } from '../domain/history.ts';

/** The cursor is of another stream than the one it came with, or was not made here. */
export class CursorInvalid extends Error {
  override readonly name = 'CursorInvalid';

  constructor() {
    super('The cursor is not one of this stream.');
  }
}

/** What follows the cursor cannot be had any more: pruned, or the database tells another history than when it was made. */
export class CursorExpired extends Error {
  override readonly name = 'CursorExpired';
  readonly topic: string;
  /** After this place everything can still be had. */
  readonly oldest: Place;

  constructor(topic: string, oldest: Place) {
    super('What follows the cursor is no longer kept.');
    this.topic = topic;
    this.oldest = oldest;
  }
}

/** The stream of one order, as far as the viewer may know it. */
export const orderScope = (orderId: string): string => `order:${orderId}`;

/** What concerns the viewer, on all orders; and the market. */
export const generalScope = 'general';

const version = 1;
const nameLength = 8;
const tagLength = 8;
/** No stream has nearly so many topics; whatever is longer was not made here. */
const mostPlaces = 8;

type Named = { name: Buffer; position: number; tag: bigint };

export function encodeCursor(scope: string, places: readonly (Place & { topic: string })[]): string {
  return encode(places.map(({ topic, position, tag }) => ({ name: nameOf(scope, topic), position, tag: BigInt(tag) })));
}

/** The cursor's place in a topic of the stream. Throws CursorInvalid where it has none. */
export function placeIn(cursor: string, scope: string, topic: string): Place {
  const name = nameOf(scope, topic);
  const place = decode(cursor).find((named) => named.name.equals(name));
  if (!place) throw new CursorInvalid();
  return { position: place.position, tag: place.tag.toString() };
}

/** The last that was made: one topic's events, and those who come back to it, come together. */
let last = { of: '', name: Buffer.alloc(0) };

function nameOf(scope: string, topic: string): Buffer {
  const of = `${scope}\n${topic}`;
  if (last.of !== of) last = { of, name: hash('sha256', of, 'buffer').subarray(0, nameLength) };
  return last.name;
}

function encode(places: readonly Named[]): string {
  const sorted = places.toSorted((a, b) => Buffer.compare(a.name, b.name));
  const parts = sorted.flatMap(({ name, position, tag }) => {
    const tagBytes = Buffer.alloc(tagLength);
    tagBytes.writeBigInt64BE(tag);
    return [name, varint(position), tagBytes];
  });
  return Buffer.concat([Buffer.of(version), ...parts]).toString('base64url');
}

function decode(cursor: string): Named[] {
  const bytes = Buffer.from(cursor, 'base64url');
  const places: Named[] = [];
  let at = 1;
  while (at < bytes.length && places.length < mostPlaces) {
    const name = bytes.subarray(at, at + nameLength);
    at += nameLength;
    let position = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || weight > 2 ** 49) throw new CursorInvalid();
      position += (byte & 127) * weight;
      if (byte < 128) break;
    }
    if (at + tagLength > bytes.length || !Number.isSafeInteger(position)) throw new CursorInvalid();
    places.push({ name, position, tag: bytes.readBigInt64BE(at) });
    at += tagLength;
  }
  // Buffer.from passes over what is no base64, and numbers can be written longer than needed: only our own form counts.
  if (bytes[0] !== version || at !== bytes.length || encode(places) !== cursor) throw new CursorInvalid();
  return places;
}

/** Seven bits a byte, the lowest first, the high bit where more follow. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
