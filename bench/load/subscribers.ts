/** Many subscribers in one process, each with a connection of its own: they count what they hear, or remember when. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { doAsAsked } from '../../test/crowd/child.ts';
import { usageDeeds } from '../usage.ts';
import { closed, ping, pongFrame, readFrames, text, textFrame } from './frames.ts';
import type { Plan } from './plan.ts';

export type Heard = {
  total: number;
  /** By the one that heard least, and the one that heard most. */
  least: number;
  most: number;
  /** Connections that ended by themselves. */
  lost: number;
};

/** When an event came, in milliseconds since 1970 with their fractions, and the number in it that tells which it is. */
export type Arrival = { at: number; number: number };

type Subscriber = { socket: Socket; heard: number };

/** How many connect at a time. */
const atOnce = 64;
/** Milliseconds that they wait to hear what they are to hear. */
const patience = 120_000;
/** Of a frame, in which its mark stands. */
const beginning = 72;

let subscribers: Subscriber[] = [];
let total = 0;
let lost = 0;
let leaving = false;
/** The last event, at the beginning of it. */
const last = { length: 0, frame: Buffer.alloc(1 << 16) };
let wanted = Number.POSITIVE_INFINITY;
let onWanted: (() => void) | undefined;
/** What is remembered of each event, and what stands before the number that tells which it is. */
let remembered: { at: number; frame: Buffer }[] = [];
let numbered: string | null = null;
/** What comes is read into it, whoever it is for, and not kept: a new buffer for each piece would have to be collected. */
const received = Buffer.alloc(1 << 16);

const now = (): number => performance.timeOrigin + performance.now();

function hear(subscriber: Subscriber, event: Buffer): void {
  subscriber.heard += 1;
  total += 1;
  if (numbered !== null) remembered.push({ at: now(), frame: Buffer.from(event) });
  last.length = event.copy(last.frame);
  if (total >= wanted) onWanted?.();
}

/** Resolves once it has said all that it has to. */
async function come(plan: Plan, nth: number): Promise<void> {
  const begun = Promise.withResolvers<void>();
  let onText = (_message: string): void => {};
  let take: ((piece: Buffer) => void) | null = null;
  const socket = connect({
    port: plan.port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: received,
      callback(length) {
        const piece = received.subarray(0, length);
        if (take === null) begin(piece);
        else take(piece);
        return true;
      },
    },
  });
  const subscriber: Subscriber = { socket, heard: 0 };
  subscribers[nth] = subscriber;

  function begin(piece: Buffer): void {
    const end = piece.indexOf('\r\n\r\n');
    const status = piece.toString('latin1', 9, 12);
    if (end === -1 || !['101', '200'].includes(status)) return begun.reject(new Error(piece.toString()));
    const listen = plan.kind === 'frames' ? framesOf : linesOf;
    take = listen(plan, subscriber, (message) => onText(message));
    begun.resolve();
    if (end + 4 < piece.length) take(piece.subarray(end + 4));
  }

  socket.on('error', () => {});
  socket.on('close', () => {
    if (!leaving) lost += 1;
  });
  await once(socket, 'connect');
  socket.write(plan.request);
  await begun.promise;
  for (const { say, until } of plan.steps) {
    const answered = until === undefined ? undefined : Promise.withResolvers<void>();
    onText = (message) => {
      if (until !== undefined && message.includes(until)) answered?.resolve();
    };
    socket.write(textFrame(say));
    await answered?.promise;
  }
}

type Listen = (plan: Plan, to: Subscriber, onText: (message: string) => void) => (piece: Buffer) => void;

const framesOf: Listen = ({ mark, replies }, subscriber, onText) => {
  let left: Buffer | null = null;
  const onFrame = (opcode: number, piece: Buffer, start: number, end: number): void => {
    if (opcode === ping) return void subscriber.socket.write(pongFrame(piece.subarray(start, end)));
    if (opcode === closed) return void subscriber.socket.destroy();
    if (opcode !== text) return;
    if (piece.toString('latin1', start, Math.min(end, start + beginning)).includes(mark))
      return hear(subscriber, piece.subarray(start, end));
    const message = piece.toString('utf8', start, end);
    const reply = replies[message];
    if (reply === undefined) onText(message);
    else subscriber.socket.write(textFrame(reply));
  };
  return (piece) => {
    const over = readFrames(left ? Buffer.concat([left, piece]) : piece, onFrame);
    left = over && Buffer.from(over);
  };
};

const linesOf: Listen = ({ mark }, subscriber) => {
  let left = '';
  return (piece) => {
    const all = left + piece.toString('latin1');
    let after = 0;
    for (let at = all.indexOf(mark); at !== -1; at = all.indexOf(mark, after)) {
      after = at + mark.length;
      hear(subscriber, Buffer.from(all.slice(at), 'latin1'));
    }
    left = all.slice(Math.max(after, all.length - mark.length + 1));
  };
};

const nobody = new Int32Array(new SharedArrayBuffer(4));
let dozing = false;

/** Sleeps a millisecond between two turns, without being woken by what comes. */
function doze(): void {
  if (!dozing) return;
  Atomics.wait(nobody, 0, 0, 1);
  setImmediate(doze);
}

const deeds = {
  ...usageDeeds,
  /**
   * Until they are told otherwise they read once a millisecond, and sleep in between, whatever comes. Else every write of
   * a server whose reader has just fallen asleep would wake it, in the server's time: a network spares it that.
   */
  readNowAndThen(whether: boolean): void {
    dozing = whether;
    doze();
  },
  /** Each says something more, all within one turn. */
  sayAll(messages: string[]): void {
    for (const [nth, { socket }] of subscribers.entries()) socket.write(textFrame(messages[nth] ?? ''));
  },
  /** Adds them to those who are there; answers when all have begun. */
  async come(plans: Plan[]): Promise<void> {
    leaving = false;
    const first = subscribers.length;
    const waiting = plans.entries();
    const comeOneByOne = async (): Promise<void> => {
      for (const [nth, plan] of waiting) await come(plan, first + nth);
    };
    await Promise.all(Array.from({ length: atOnce }, comeOneByOne));
  },
  /** Whether they have heard so many altogether, once they have, or after so many milliseconds. */
  async hears(count: number, within: number): Promise<boolean> {
    if (total >= count) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    wanted = count;
    onWanted = () => resolve(true);
    const late = setTimeout(resolve, within, false);
    const heard = await promise;
    clearTimeout(late);
    wanted = Number.POSITIVE_INFINITY;
    return heard;
  },
  /** Answers when they have heard so many altogether. */
  async until(count: number): Promise<void> {
    if (await deeds.hears(count, patience)) return;
    throw new Error(`Only ${total} of ${count} events were heard; ${lost} were cut off.`);
  },
  heard(): Heard {
    const counts = subscribers.map(({ heard }) => heard);
    const of = (choose: (a: number, b: number) => number): number => counts.reduce(choose, counts[0] ?? 0);
    return { total, least: of((a, b) => Math.min(a, b)), most: of((a, b) => Math.max(a, b)), lost };
  },
  /** Counts from zero again. */
  forget(): void {
    total = 0;
    for (const subscriber of subscribers) subscriber.heard = 0;
  },
  /** The last event that anybody heard. */
  last: (): string => last.frame.toString('utf8', 0, last.length),
  /** From now on they remember when each came, and the number in it that comes after `before`. */
  remember(before: string): void {
    remembered = [];
    numbered = before;
  },
  arrivals(): Arrival[] {
    const before = numbered ?? '';
    return remembered.map(({ at, frame }) => {
      const text = frame.toString('latin1');
      return { at, number: Number.parseFloat(text.slice(text.indexOf(before) + before.length)) };
    });
  },
  leave(): void {
    leaving = true;
    // Reset: a port whose connection ended in order could not be used again for a minute.
    for (const { socket } of subscribers) socket.resetAndDestroy();
    subscribers = [];
    remembered = [];
    numbered = null;
    total = 0;
    lost = 0;
  },
};

export type Subscribers = typeof deeds;
doAsAsked(deeds);
