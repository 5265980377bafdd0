/**
 * One reader of a topic, from a place on: replays history until it stands at the topic's position, then is live.
 *
 *               stands at the position
 *   REPLAYING ──────────────────────────▶ LIVE
 *       ▲  read a page, hand it out         │
 *       └───────────────────────────────────┘
 *          more than 64 events not pulled
 *
 * History is in the database, so nothing is queued for a reader that does not pull: it is replayed when it does.
 */

import type { Entry } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import type { Log } from '../log.ts';
import { CursorExpired } from './cursor.ts';
import type { Pages } from './pages.ts';
import { readOn } from './replay.ts';
import type { Joined, Listener, Topic } from './topic.ts';

/** Events that a live reader may leave lying before it is taken off. */
export const mostUnpulled = 64;

/** The same for all readers of a hub. */
export type ReaderDeps = {
  pages: Pages;
  /** After a read that failed, in milliseconds. */
  rest: number;
  log: Log;
  onLeave: (topic: Topic) => void;
};

export type MemberDeps = ReaderDeps & {
  topic: Topic;
  /** After which place; it was found to be in the topic's history. */
  after: Place;
  wants: (entry: Entry) => boolean;
};

type Next = IteratorResult<Entry, undefined>;
const done: Next = { done: true, value: undefined };

export class Member implements Joined, Listener, AsyncIterableIterator<Entry, undefined, undefined> {
  readonly #deps: MemberDeps;
  /** Events to hand out. */
  #queue: Entry[] = [];
  /** Up to here everything was handed out or is not wanted. */
  #at: Place;
  #reached: Place;
  #live = false;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: MemberDeps) {
    this.#deps = deps;
    this.#at = deps.after;
    this.#reached = deps.after;
    deps.topic.join(this);
    this.#live = deps.topic.attach(this);
  }

  get reached(): Place {
    return this.#reached;
  }

  reconsider(beyond: number): void {
    if (this.#reached.position > beyond) this.#stepBack();
  }

  hear(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.position > this.#reached.position) this.#accept(entry);
      else if (entry.position === this.#reached.position && entry.tag !== this.#reached.tag) return this.#stepBack();
    }
    if (this.#queue.length > mostUnpulled) this.#stepBack();
    else if (this.#queue.length > 0) this.#wake?.();
  }

  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#queue = [];
    this.#deps.topic.leave(this);
    this.#deps.topic.detach(this);
    this.#deps.onLeave(this.#deps.topic);
    this.#wake?.();
  }

  /** Calls that overlap are answered in their order. */
  next(): Promise<Next> {
    const turn = this.#last.then(() => this.#pull());
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Detaches at once, not when the answer is awaited. */
  return(): Promise<Next> {
    this.end();
    return Promise.resolve(done);
  }

  throw(error: unknown): Promise<Next> {
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }

  #accept(entry: Entry): void {
    this.#reached = entry;
    if (this.#wants(entry)) this.#queue.push(entry);
    else if (this.#queue.length === 0) this.#at = entry;
  }

  /** A filter that throws ends its own member, not the process that the message arrived in. */
  #wants(entry: Entry): boolean {
    try {
      return !this.#ended && this.#deps.wants(entry);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  /** Off live: what was not handed out yet is read again. */
  #stepBack(): void {
    this.#queue = [];
    this.#reached = this.#at;
    this.#live = false;
    this.#deps.topic.detach(this);
    this.#wake?.();
  }

  async #pull(): Promise<Next> {
    for (;;) {
      const entry = this.#queue.shift();
      if (entry) {
        this.#at = this.#queue.length === 0 ? this.#reached : entry;
        return { done: false, value: entry };
      }
      if (this.#ended) return this.#farewell();
      if (this.#live) await this.#woken();
      else if (this.#deps.topic.attach(this)) this.#live = true;
      else await this.#replay();
    }
  }

  #farewell(): Next {
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
    return done;
  }

  /** Until something was heard, the member was ended, or the time is over. */
  async #woken(milliseconds?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds).unref();
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** One step on through history. A read that fails is tried again as long as the reader waits. */
  async #replay(): Promise<void> {
    const { topic, pages, rest, log } = this.#deps;
    try {
      for (const entry of await readOn(topic, this.#at, pages)) this.#accept(entry);
    } catch (error) {
      if (error instanceof CursorExpired) return this.end(error);
      log.debug({ err: error, topic: topic.name }, 'History could not be read; it will be tried again');
      if (!this.#ended) await this.#woken(rest);
    }
  }
}
