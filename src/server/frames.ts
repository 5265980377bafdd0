/**
 * Frames written straight to a socket's connection, each as one buffer, and all of a turn in one write: `next` messages
 * whose payload was made for many, and whatever graphql-ws says. `ws` would make a header, and two writes, for each.
 */

import type { Duplex } from 'node:stream';
import type { Answer } from '../pubsub/group.ts';
import { nextLength, nextsOf, rewriteIds, writeNexts } from './frame.ts';
import { slowReader } from './lag.ts';

const nothing = Buffer.alloc(0);

/** Whose connection it is. */
export type Writer = {
  isOpen(): boolean;
  /** What was written, or a part of it, has left this process. */
  taken(): void;
};

/** Flushes what was written to at the end of the turn; one for all connections of a process. */
export type Flusher = { soon(frames: Frames): void; scratch: Scratch };

export function createFlusher(): Flusher {
  let written: Frames[] = [];

  function flushAll(): void {
    const flushing = written;
    written = [];
    for (const frames of flushing) frames.flush();
  }

  return {
    // After what is still to come of this turn: an answer and its `complete` go together.
    soon(frames) {
      if (written.push(frames) === 1) process.nextTick(flushAll);
    },
    scratch: new Scratch(),
  };
}

/**
 * Where messages are made that the kernel takes at once, as it does nearly always: in the same memory for thousands of
 * sockets, one after the other, and as much as one may be told in a turn. For each but the first only the operation's id
 * has to be written.
 */
class Scratch {
  #memory = Buffer.allocUnsafeSlow(slowReader);
  #made = this.#memory.subarray(0, 0);
  #id = '';
  #answers: readonly Answer[] = [];

  /** Good until the next is made; null if it is too long. `size` is theirs together, in bytes. */
  make(id: string, answers: readonly Answer[], size: number): Buffer | null {
    if (size > slowReader) return null;
    if (answers === this.#answers && id.length === this.#id.length) {
      rewriteIds(this.#made, id, answers);
      return this.#made;
    }
    if (size > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(slowReader);
    this.#made = this.#memory.subarray(0, size);
    this.#id = id;
    this.#answers = answers;
    writeNexts(this.#made, id, answers);
    return this.#made;
  }

  /** What was made last has not been taken at once: it belongs to whoever holds it, and the rest does for others. */
  giveAway(): void {
    this.#memory = this.#memory.subarray(this.#made.length);
    this.#answers = [];
  }
}

/**
 * What is written in this turn on one connection. After a close frame nothing may follow: what had not gone by then is read
 * again by whoever comes back with a cursor. An event is written to thousands in a row, and to reach for what lies scattered
 * in memory costs as much as to write: what that needs is here.
 */
export class Frames {
  readonly #connection: Duplex;
  readonly #writer: Writer;
  readonly #flusher: Flusher;
  /** All that is to be written, as nearly always; beside anything else it is made at once and lies among the others. */
  #id = '';
  #answers: readonly Answer[] | null = null;
  #others: Buffer[] | null = null;
  #size = 0;
  /** Bytes that the connection held back when it was last looked at. */
  #heldBack = 0;

  constructor(connection: Duplex, writer: Writer, flusher: Flusher) {
    this.#connection = connection;
    this.#writer = writer;
    this.#flusher = flusher;
  }

  write(frame: Buffer): void {
    this.#addOther(frame);
    this.#grow(frame.length);
  }

  /**
   * Writes a `next` message for each answer, until the reader counts as slow: the last may pass the limit. Says how many
   * those are. The id is the operation's as it stands in a message.
   */
  tell(id: string, answers: readonly Answer[]): number {
    // As of the last write: hardly any connection holds back, and to look at each is not cheap.
    const room = slowReader - this.#heldBack - this.#size;
    let size = 0;
    let count = 0;
    for (const answer of answers) {
      if (size >= room) break;
      size += nextLength(id, answer);
      count += 1;
    }
    // Whoever is gone takes everything: it is ready, so that told less it would be told again in this very turn, for ever.
    if (count < answers.length && !this.#writer.isOpen()) return answers.length;
    if (count > 0) this.#add(id, count === answers.length ? answers : answers.slice(0, count));
    this.#grow(size);
    return count;
  }

  /** To be called before anything else is written to the connection, such as the close. */
  flush(): void {
    const size = this.#size;
    if (size === 0) return;
    const answers = this.#answers;
    const others = this.#others;
    this.#answers = null;
    this.#others = null;
    this.#size = 0;
    if (!this.#writer.isOpen()) return;
    if (others) this.#send(others.length === 1 && others[0] ? others[0] : Buffer.concat(others, size));
    else if (answers) this.#sendAnswers(answers, size);
  }

  /** Bytes that have not left this process yet. */
  unsent(): number {
    this.#heldBack = this.#connection.writableLength;
    return this.#heldBack + this.#size;
  }

  /** The writer is told once all that is held back now has left, whoever wrote it: `ws` writes pings by itself. */
  askAfter(): void {
    this.#connection.write(nothing, () => this.#taken());
  }

  #grow(bytes: number): void {
    if (this.#size === 0 && bytes > 0) this.#flusher.soon(this);
    this.#size += bytes;
  }

  #add(id: string, answers: readonly Answer[]): void {
    if (this.#size > 0) return this.#addOther(nextsOf(id, answers));
    this.#id = id;
    this.#answers = answers;
  }

  #addOther(frame: Buffer): void {
    this.#others ??= this.#answers ? [nextsOf(this.#id, this.#answers)] : [];
    this.#answers = null;
    this.#others.push(frame);
  }

  #sendAnswers(answers: readonly Answer[], size: number): void {
    const { scratch } = this.#flusher;
    const made = this.#connection.writableLength === 0 ? scratch.make(this.#id, answers, size) : null;
    this.#send(made ?? nextsOf(this.#id, answers));
    if (made && this.#heldBack > 0) scratch.giveAway();
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
