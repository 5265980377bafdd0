/** One topic that somebody here follows: listens, keeps its position, reads what is missing, hands on to its members. */

import type { Entry } from '../domain/events.ts';
import type { Head, Page, Place } from '../domain/history.ts';
import type { Log } from '../log.ts';
import { CursorExpired } from './cursor.ts';
import { type Answering, Group } from './group.ts';
import { judge, placeOfHead } from './history.ts';
import { type Pages, pageSize } from './pages.ts';
import * as positions from './position.ts';
import type { PubSub } from './pubsub.ts';
import { Recent } from './recent.ts';
import { appendedIn } from './ring.ts';
import type { Snapshots } from './snapshots.ts';
import type { Tally } from './tally.ts';
import type { Timings } from './timings.ts';
import { openUpstream, type Upstream } from './upstream.ts';

/** Who is there because of the topic. */
export type Joined = {
  /** No more will come; without an error because the process ends. */
  end(error?: Error): void;
};

/** What events are handed on to. */
export type Listener = {
  /** Everything up to here it was handed or has read. */
  readonly reached: Place;
  /** Whoever stands beyond this number reads whether its place is still in the history. */
  reconsider(beyond: number): void;
  /** Events that follow one another, as they are handed on. Must not throw. */
  hear(entries: readonly Entry[]): void;
};

export type TopicDeps = {
  pubsub: PubSub;
  /** A topic's head, read after the call; all that are asked for in one turn are one statement. */
  headOf(topic: string): Promise<Head>;
  pages: Pages;
  /** Whether it is this database whose history is told now. */
  isPresent(source: string): boolean;
  snapshots: Snapshots;
  timings: Timings;
  tally: Tally;
  log: Log;
};

export class Topic {
  readonly name: string;
  readonly tally: Tally;
  readonly #deps: TopicDeps;
  readonly #members = new Set<Joined>();
  /** What stands at the position, or ahead of it. */
  readonly #live = new Set<Listener>();
  readonly #groups = new Map<string, Group>();
  readonly #recent = new Recent();
  readonly #upstream: Upstream;
  #position = positions.unopened;
  #opening: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Members, and those about to become one. */
  #users = 0;
  #lingering: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(name: string, deps: TopicDeps) {
    this.name = name;
    this.tally = deps.tally;
    this.#deps = deps;
    this.#upstream = openUpstream({
      pubsub: deps.pubsub,
      topic: name,
      patience: deps.timings.acknowledge,
      onMessage: (message) => this.#hear(message),
      onLate: async () => this.told(await deps.headOf(name)),
    });
  }

  get members(): number {
    return this.#members.size;
  }

  get at(): Place {
    return this.#position.at;
  }

  /** The number of the last event that is known to exist. */
  get known(): number {
    return this.#position.known;
  }

  /** Keeps the topic open until `release`; then it lingers, and calls `onIdle` if nobody has come by then. */
  hold(): void {
    this.#users += 1;
    clearTimeout(this.#lingering);
  }

  release(onIdle: (topic: Topic) => void): void {
    this.#users -= 1;
    if (this.#users > 0 || this.#closed) return;
    this.#lingering = setTimeout(onIdle, this.#deps.timings.linger, this).unref();
  }

  /** Fulfilled once the topic has a position. */
  async ready(): Promise<void> {
    while (this.#position.state === 'OPENING' && !this.#closed) {
      this.#opening ??= this.#open().finally(() => {
        this.#opening = null;
      });
      await this.#opening;
    }
  }

  /** The last event's place, read after the call: whatever is committed from then on comes after it. */
  async present(): Promise<Place> {
    await this.#upstream.listening;
    const [head] = await Promise.all([this.#deps.headOf(this.name), this.ready()]);
    this.told(head);
    return placeOfHead(head);
  }

  /** How many listen to the same of each group of subscribers. */
  get groups(): number[] {
    return Array.from(this.#groups.values(), (group) => group.size);
  }

  join(member: Joined): void {
    this.#members.add(member);
  }

  leave(member: Joined): void {
    this.#members.delete(member);
  }

  /** Whether nothing is between a place and the position, so that who stands there misses nothing from this turn on. */
  meets(place: Place): boolean {
    const { state, at, known } = this.#position;
    if (state === 'OPENING' || place.position < at.position) return false;
    // Ahead only of what is known to come: beyond that, whoever stands there has to read that its place exists.
    if (place.position > at.position) return place.position <= known;
    if (place.tag === at.tag) return true;
    this.doubt();
    return false;
  }

  /** From this turn on the listener hears what is handed on, if nothing is between it and the topic's position. */
  attach(listener: Listener): boolean {
    const meets = this.meets(listener.reached);
    if (meets) this.#live.add(listener);
    return meets;
  }

  detach(listener: Listener): void {
    this.#live.delete(listener);
  }

  /** The group that is answered so, for one more; to be left again. */
  enter(answering: Answering): Group {
    let group = this.#groups.get(answering.key);
    if (!group) {
      group = new Group(this, answering);
      this.#groups.set(answering.key, group);
    }
    group.size += 1;
    return group;
  }

  exit(group: Group): void {
    group.size -= 1;
    if (group.size > 0) return;
    this.#groups.delete(group.key);
    this.detach(group);
    group.close();
  }

  /** What follows a place, up to the position, if it is remembered. */
  recentAfter(place: Place): readonly Entry[] | null {
    return this.#position.state === 'OPENING' ? null : this.#recent.after(place);
  }

  /** A member has read a page: it may spare others from it, and shows where the head is. */
  learn(from: Place, page: Page): void {
    if (this.#position.state !== 'OPENING') this.#recent.lead(from, page.entries);
    this.told(page.head);
  }

  told(head: Head): void {
    if (!this.#closed) this.#take(positions.told(this.#position, head, this.#tagOf));
  }

  /** Reads whether the database still tells the history that was handed on. */
  doubt(): void {
    if (!this.#closed) this.#take(positions.doubt(this.#position));
  }

  /** A head that was asked for when the position was `before`. Anything but the same is looked into. */
  compare(before: Place, head: Head): void {
    const same = head.head === before.position && head.tag === before.tag && this.#position.known <= head.head;
    if (this.#position.state === 'OPENING') this.told(head);
    else if (!same) this.doubt();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#lingering);
    for (const member of this.#members) member.end();
    this.#upstream.close();
  }

  /** A ring of another database, late after a restore or early after a failover, only says that there is something to read. */
  #hear(message: unknown): void {
    const appended = appendedIn(message, this.name);
    const last = appended?.entries.at(-1);
    if (this.#closed || !appended || !last) return;
    const { isPresent, snapshots } = this.#deps;
    if (!isPresent(appended.source)) return this.told({ head: last.position, tag: last.tag });
    snapshots.keep(appended);
    this.#take(positions.hear(this.#position, appended.entries, this.#tagOf));
  }

  readonly #tagOf = (position: number): string | undefined => this.#recent.tagOf(position);

  /** There is less than was known: what was read may have been taken back, and nothing may ever come to contradict it. */
  #reconsider(): void {
    for (const listener of [...this.#live]) listener.reconsider(this.#position.known);
  }

  async #open(): Promise<void> {
    await this.#upstream.listening;
    this.#begin(await this.#deps.headOf(this.name));
  }

  #begin(head: Head): void {
    if (this.#closed || this.#position.state !== 'OPENING') return;
    this.#recent.reset(placeOfHead(head));
    this.#take(positions.opened(this.#position, head));
  }

  /** The database tells another history: all members end, and the topic starts from what it says now. */
  async #beginAnew(): Promise<void> {
    this.#deps.log.warn(
      { topic: this.name },
      'The database tells another history of a topic: its subscribers are ended',
    );
    while (!this.#closed) {
      try {
        const { floor, head } = await this.#deps.pages.fresh(this.name, 0);
        this.#deps.pages.forget(this.name);
        for (const member of this.#members) member.end(new CursorExpired(this.name, placeOfHead(floor)));
        return this.#begin(head);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, this.#deps.timings.rest).unref());
      }
    }
  }

  #take({ position, hand, act }: positions.Step): void {
    this.#position = position;
    if (act !== null || position.state === 'LEVEL') clearTimeout(this.#timer);
    if (hand.length > 0) {
      this.#recent.add(hand);
      for (const listener of this.#live) listener.hear(hand);
    }
    const { patience, rest } = this.#deps.timings;
    if (act === 'wait') this.#later(patience);
    else if (act === 'rest') this.#later(rest);
    else if (act === 'read') void this.#read();
    else if (act === 'begin') this.#opening = this.#beginAnew().finally(() => (this.#opening = null));
  }

  #later(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#take(positions.impatient(this.#position)), milliseconds).unref();
  }

  async #read(): Promise<void> {
    const { from } = this.#position.asked;
    let page: Page | null = null;
    try {
      page = await this.#deps.pages.fresh(this.name, from.position);
    } catch (error) {
      this.#deps.log.debug(
        { err: error, topic: this.name },
        'What is missing could not be read; it will be tried again',
      );
    }
    if (this.#closed) return;
    if (page && judge(page, from, pageSize) === 'torn') {
      this.#deps.log.error(
        { topic: this.name, after: from.position },
        'Numbers are missing from the history of a topic',
      );
    }
    const { readFailed, pageRead } = positions;
    const isLess = page !== null && page.head.head < this.#position.asked.known;
    this.#take(page ? pageRead(this.#position, page, pageSize, this.#tagOf) : readFailed(this.#position));
    if (isLess) this.#reconsider();
  }
}
