/**
 * Where a topic stands: what was handed on, and what to do with the next number heard. Pure: no clock, no I/O.
 *
 *             head        a number beyond the next        20 ms
 *   OPENING ───────▶ LEVEL ─────────────────▶ WAITING ─────────────▶ READING ◀──┐
 *      ▲             ▲ │  ▲                      │ │                  │ │  │ └──┘ more to read
 *      │             │ │  └─ hole filled itself ─┘ └─ doubt ──────────│─│──▶
 *      │             │ └───── doubt ──────────────────────────────────│─│──▶
 *      │             └──────── the page led up to all that is known ──┘ │
 *      └────────────────────── the page does not lead on from here ─────┘
 *
 * Doubt: a number passed before comes again with another tag, or a head that nobody remembers. Only the database can say who is right, so a page is read;
 * if one is being read already, DOUBTFUL reads once more. A read that fails is tried again after a rest.
 */

import type { Entry } from '../domain/events.ts';
import { type Head, type Page, type Place, placeOf } from '../domain/history.ts';
import { judge, placeOfHead } from './history.ts';

export type State = 'OPENING' | 'LEVEL' | 'WAITING' | 'READING' | 'DOUBTFUL';

export type Position = {
  readonly state: State;
  /** The last that was handed on, or that the topic was opened at. */
  readonly at: Place;
  /** The greatest number known to exist. */
  readonly known: number;
  /** Heard, but numbers before them are missing. */
  readonly held: ReadonlyMap<number, Entry>;
  /** What was so when the page that is being read was asked for. */
  readonly asked: { from: Place; known: number };
};

/** wait: call `impatient` in 20 ms. read: a page from `asked.from`. rest: call `impatient` after a while. begin: open anew. */
export type Act = 'wait' | 'read' | 'rest' | 'begin';
export type Step = { position: Position; hand: readonly Entry[]; act: Act | null };
/** The tag of an event handed on before, as far as remembered. */
export type TagOf = (position: number) => string | undefined;

/** Beyond so many, what comes early is forgotten again: it can be read. */
const mostHeld = 256;
const start: Place = { position: 0, tag: '0' };
const nobody: ReadonlyMap<number, Entry> = new Map();

export const unopened: Position = {
  state: 'OPENING',
  at: start,
  known: 0,
  held: nobody,
  asked: { from: start, known: 0 },
};

/** The topic's head was read: from there on it is followed. */
export function opened(position: Position, head: Head): Step {
  if (position.state !== 'OPENING') return stay(position);
  const at = placeOfHead(head);
  return settle({ ...position, state: 'LEVEL', at, known: Math.max(position.known, at.position) }, []);
}

/** Some of the topic's events arrived, in any order, perhaps not for the first time. */
export function hear(position: Position, entries: readonly Entry[], tagOf: TagOf): Step {
  let { at, known } = position;
  const hand: Entry[] = [];
  const held = new Map(position.held);
  let doubted = false;
  for (const entry of entries) {
    known = Math.max(known, entry.position);
    if (position.state !== 'OPENING' && entry.position === at.position + 1) {
      hand.push(entry);
      at = placeOf(entry);
    } else if (position.state === 'OPENING' || entry.position > at.position) {
      // Of two histories' events with one number neither is kept: the database will tell.
      if (contradicts(entry, held.get(entry.position)?.tag)) held.delete(entry.position);
      else if (held.size < mostHeld) held.set(entry.position, entry);
    } else {
      doubted ||= contradicts(entry, entry.position === at.position ? at.tag : tagOf(entry.position));
    }
  }
  const step = settle({ ...position, at, known, held }, hand);
  return doubted ? doubt(step.position, step.hand) : step;
}

/** A head was read: by the sweep, or when the broker acknowledged late. It may be older than what was heard since. */
export function told(position: Position, head: Head, tagOf: TagOf): Step {
  const { at } = position;
  if (position.state === 'OPENING' || head.head > at.position) {
    return settle({ ...position, known: Math.max(position.known, head.head) }, []);
  }
  // Overtaken by rings, it is among the last that were handed on. If it is not, the database may have gone back.
  const tag = head.head === at.position ? at.tag : tagOf(head.head);
  return tag === head.tag ? stay(position) : doubt(position);
}

/** Something says that the database may tell another history: a page read from here will show it. */
export function doubt(position: Position, hand: readonly Entry[] = []): Step {
  if (position.state === 'LEVEL' || position.state === 'WAITING') return read(position, hand);
  return position.state === 'READING'
    ? { position: { ...position, state: 'DOUBTFUL' }, hand, act: null }
    : { position, hand, act: null };
}

/** The time to wait, or to rest after a failure, is over. */
export function impatient(position: Position): Step {
  return position.state === 'OPENING' || position.state === 'LEVEL' ? stay(position) : read(position, []);
}

/** The page asked for was read. */
export function pageRead(position: Position, page: Page, limit: number, tagOf: TagOf): Step {
  if (position.state !== 'READING' && position.state !== 'DOUBTFUL') return stay(position);
  const { asked, state } = position;
  const verdict = judge(page, asked.from, limit);
  if (verdict === 'torn') return readFailed(position);
  let { at } = position;
  const hand: Entry[] = [];
  let broken = verdict === 'elsewhere';
  for (const entry of broken ? [] : page.entries) {
    if (entry.position > at.position) {
      hand.push(entry);
      at = placeOf(entry);
    } else {
      // Heard and handed on while the page was on its way.
      broken ||= contradicts(entry, entry.position === at.position ? at.tag : tagOf(entry.position));
    }
  }
  if (broken) return { position: unopened, hand: [], act: 'begin' };
  const step = settle({ ...position, state: 'LEVEL', at, ...whatIsKnown(position, page) }, hand);
  const more = state === 'DOUBTFUL' || step.position.at.position < page.head.head;
  return more ? read(step.position, step.hand) : step;
}

/** The page could not be read. */
export function readFailed(position: Position): Step {
  const reading = position.state === 'READING' || position.state === 'DOUBTFUL';
  return { position, hand: [], act: reading ? 'rest' : null };
}

/** What was heard before the page was asked for, but is beyond its head, is of a history that is no more. */
function whatIsKnown(position: Position, page: Page): { known: number; held: ReadonlyMap<number, Entry> } {
  const { asked } = position;
  const head = page.head.head;
  if (head >= asked.known) return { known: Math.max(position.known, head), held: position.held };
  const held = new Map([...position.held].filter(([number]) => number <= head || number > asked.known));
  const known = position.known > asked.known ? position.known : Math.max(head, ...held.keys());
  return { known, held };
}

/** Hands on what was held and now follows, and says whether that is all there is. */
function settle(position: Position, hand: readonly Entry[]): Step {
  const { state } = position;
  if (state === 'OPENING') return { position, hand, act: null };
  const drained: Entry[] = [];
  let { at } = position;
  for (let next = position.held.get(at.position + 1); next; next = position.held.get(at.position + 1)) {
    drained.push(next);
    at = placeOf(next);
  }
  const ahead = [...position.held].filter(([number]) => number > at.position);
  const held = ahead.length === 0 ? nobody : new Map(ahead);
  const known = Math.max(position.known, at.position);
  const all = drained.length === 0 ? hand : [...hand, ...drained];
  const settled = { ...position, at, held, known };
  if (state === 'READING' || state === 'DOUBTFUL') return { position: settled, hand: all, act: null };
  if (at.position === known) return { position: { ...settled, state: 'LEVEL' }, hand: all, act: null };
  // What is missing is waited for from the last progress on: until then it was not the next.
  const act = state === 'LEVEL' || all.length > 0 ? 'wait' : null;
  return { position: { ...settled, state: 'WAITING' }, hand: all, act };
}

const stay = (position: Position): Step => ({ position, hand: [], act: null });

const read = (position: Position, hand: readonly Entry[]): Step => ({
  position: { ...position, state: 'READING', asked: { from: position.at, known: position.known } },
  hand,
  act: 'read',
});

const contradicts = (one: { tag: string }, tag: string | undefined): boolean => tag !== undefined && tag !== one.tag;
