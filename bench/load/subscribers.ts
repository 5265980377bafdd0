/** Many subscribers in one process, each with a connection of its own: they count what they hear, or remember when. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { doAsAsked } from '../../test/crowd/child.ts';
import { closed, ping, pongFrame, readFrames, text, textFrame } from './frames.ts';
import type { Plan } from './plan.ts';

export type Heard = {
  total: number;
  /** By the one that heard least, and the one that heard most. */
  least: number;
  most: number;
  /** Pieces in which it came. */
  pieces: number;
  /** Connections that ended by themselves. */
  lost: number;
};

/** When an event came, in milliseconds since 1970 with their fractions, to which subscriber, and all of its text. */
export type Arrival = { at: number; subscriber: number; text: string };

type Subscriber = { socket: Socket; heard: number };

/** How many connect at a time. */
const atOnce = 64;
/** Milliseconds that they wait to hear what they are to hear. */
const patience = 120_000;
/** Of a frame, in which its mark stands. */
const beginning = 72;

let subscribers: Subscriber[] = [];
let total = 0;
let pieces = 0;
let lost = 0;
let leaving = false;
let last: (() => string) | undefined;
let wanted = Number.POSITIVE_INFINITY;
let onWanted: (() => void) | undefined;
let arrivals: Arrival[] | null = null;

const now = (): number => performance.timeOrigin + performance.now();

function hear(subscriber: Subscriber, nth: number, event: () => string): void {
  subscriber.heard += 1;
  total += 1;
  last = event;
  if (arrivals) arrivals.push({ at: now(), subscriber: nth, text: event() });
  if (total >= wanted) onWanted?.();
}

/** Resolves once it has said all that it has to. */
async function come(plan: Plan, nth: number): Promise<void> {
  const socket = connect(plan.port, '127.0.0.1').setNoDelay(true);
  const subscriber: Subscriber = { socket, heard: 0 };
  subscribers[nth] = subscriber;
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!leaving) lost += 1;
  });
  await once(socket, 'connect');
  let onText = (_message: string): void => {};
  const begun = Promise.withResolvers<void>();
  const listen = plan.kind === 'frames' ? framesOf : linesOf;
  socket.once('data', (piece: Buffer) => {
    const end = piece.indexOf('\r\n\r\n');
    const status = piece.toString('latin1', 9, 12);
    if (end === -1 || !['101', '200'].includes(status)) return begun.reject(new Error(piece.toString()));
    const take = listen(plan, subscriber, nth, (message) => onText(message));
    socket.on('data', (next: Buffer) => {
      pieces += 1;
      take(next);
    });
    begun.resolve();
    if (end + 4 < piece.length) take(piece.subarray(end + 4));
  });
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

type Listen = (plan: Plan, to: Subscriber, nth: number, onText: (message: string) => void) => (piece: Buffer) => void;

const framesOf: Listen = ({ mark, replies }, subscriber, nth, onText) => {
  let left: Buffer | null = null;
  const onFrame = (opcode: number, piece: Buffer, start: number, end: number): void => {
    if (opcode === ping) return void subscriber.socket.write(pongFrame(piece.subarray(start, end)));
    if (opcode === closed) return void subscriber.socket.destroy();
    if (opcode !== text) return;
    if (piece.toString('latin1', start, Math.min(end, start + beginning)).includes(mark))
      return hear(subscriber, nth, () => piece.toString('utf8', start, end));
    const message = piece.toString('utf8', start, end);
    const reply = replies[message];
    if (reply === undefined) onText(message);
    else subscriber.socket.write(textFrame(reply));
  };
  return (piece) => {
    left = readFrames(left ? Buffer.concat([left, piece]) : piece, onFrame);
  };
};

const linesOf: Listen = ({ mark }, subscriber, nth) => {
  let left = '';
  return (piece) => {
    const all = left + piece.toString('latin1');
    let after = 0;
    for (let at = all.indexOf(mark); at !== -1; at = all.indexOf(mark, after)) {
      after = at + mark.length;
      hear(subscriber, nth, () => all.slice(at));
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
    return { total, least: of((a, b) => Math.min(a, b)), most: of((a, b) => Math.max(a, b)), pieces, lost };
  },
  /** Counts from zero again. */
  forget(): void {
    total = 0;
    pieces = 0;
    for (const subscriber of subscribers) subscriber.heard = 0;
  },
  /** The last event that anybody heard. */
  last: (): string => last?.() ?? '',
  /** From now on they remember when each came. */
  remember(): void {
    arrivals = [];
  },
  arrivals: (): Arrival[] => arrivals ?? [],
  leave(): void {
    leaving = true;
    // Reset: a port whose connection ended in order could not be used again for a minute.
    for (const { socket } of subscribers) socket.resetAndDestroy();
    subscribers = [];
    total = 0;
    pieces = 0;
    lost = 0;
  },
};

export type Subscribers = typeof deeds;
doAsAsked(deeds);
