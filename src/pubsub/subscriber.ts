/**
 * One subscription of a client, from a place on: reads history until it stands where its group hands on, then has a seat
 * there. It leaves the seat while its reader does not take what it is sent, and for events that tell it something else
 * than the others.
 *
 *               stands where the group does
 *   READING ON ─────────────────────────────▶ SEATED
 *       ▲                                       │
 *       └──── its reader is behind, or it ──────┘
 *             is told something of its own
 */

import type { Entry } from '../domain/events.ts';
import type { Place } from '../domain/history.ts';
import { CursorExpired } from './cursor.ts';
import { type Answer, type Answering, type Group, type Seat, upToLast } from './group.ts';
import type { ReaderDeps } from './member.ts';
import { readOn } from './replay.ts';
import type { Joined, Topic } from './topic.ts';

/** What answers are handed to. */
export type Outlet = {
  /** Writes as many as the reader can take now, from the first, and says how many that were; all, if it is gone. */
  write(answers: readonly Answer[]): number;
  /** Resolves once the reader takes more, or is gone; null if it does now. */
  ready(): Promise<void> | null;
};

/** Who is told. */
export type Listening = {
  readonly viewerId: string;
  readonly outlet: Outlet;
  /** As it is to be answered now, together with all others whose key is the same. */
  answering(): Answering;
  /** What events tell this one. Never rejects. */
  answer(entries: readonly Entry[]): Promise<readonly Answer[]>;
  /** No more will come; without an error because it was told its last, or the process ends. */
  end(error?: Error): void;
};

export class Subscriber implements Seat, Joined {
  readonly #topic: Topic;
  readonly #deps: ReaderDeps;
  /** Where it is to start. */
  #after: Place | null;
  #listening: Listening | null = null;
  /** Both of whom it tells, within reach: asked for of thousands in a row, for each event. */
  #outlet: Outlet | null = null;
  #viewerId = '';
  #group: Group | null = null;
  #ended = false;
  /** What the end was for, if it came before there was anybody to tell. */
  #error: Error | undefined;

  constructor(topic: Topic, after: Place, deps: ReaderDeps) {
    this.#topic = topic;
    this.#after = after;
    this.#deps = deps;
    topic.join(this);
  }

  get viewerId(): string {
    return this.#viewerId;
  }

  /** To be called once. */
  start(listening: Listening): void {
    this.#listening = listening;
    this.#outlet = listening.outlet;
    this.#viewerId = listening.viewerId;
    const after = this.#after;
    this.#after = null;
    if (this.#ended) listening.end(this.#error);
    else if (after) void this.#readOn(listening, after);
  }

  take(answers: readonly Answer[]): number {
    return this.#outlet?.write(answers) ?? 0;
  }

  stepBack(at: Place): void {
    if (this.#listening && !this.#ended) void this.#readOn(this.#listening, at);
  }

  /** Detaches in the same turn. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#exit();
    this.#topic.leave(this);
    this.#deps.onLeave(this.#topic);
    this.#listening?.end(error);
  }

  /** From a place until it has a seat again. A read that fails is tried again. */
  async #readOn(listening: Listening, from: Place): Promise<void> {
    let at = from;
    const topic = this.#topic;
    const { pages, rest, log } = this.#deps;
    while (!this.#ended) {
      try {
        await listening.outlet.ready();
        if (this.#ended) return;
        const answering = listening.answering();
        if (this.#enter(answering).seat(this, at)) return;
        const entries = await readOn(topic, at, pages);
        if (!this.#ended) at = await this.#tell(listening, answering, { at, entries });
      } catch (error) {
        if (error instanceof CursorExpired) return this.end(error);
        log.debug({ err: error, topic: topic.name }, 'History could not be read; it will be tried again');
        await new Promise((resolve) => setTimeout(resolve, rest).unref());
      }
    }
  }

  /** Tells what follows a place, as far as the reader takes it, and answers where it stands then. */
  async #tell(
    listening: Listening,
    answering: Answering,
    { at, entries }: { at: Place; entries: readonly Entry[] },
  ): Promise<Place> {
    const wanted = entries.filter((entry) => answering.wants(entry));
    if (wanted.length > 0) {
      const answers = upToLast(await this.#answers(listening, answering, wanted));
      if (this.#ended) return at;
      const taken = listening.outlet.write(answers);
      this.#topic.tally.deliveries += taken;
      if (answers[taken - 1]?.ends) this.end();
      if (taken < answers.length) return wanted[taken - 1] ?? at;
    }
    return entries.at(-1) ?? at;
  }

  /** Together with the group, but for what tells this one something of its own. */
  async #answers(listening: Listening, answering: Answering, entries: readonly Entry[]): Promise<readonly Answer[]> {
    const group = this.#enter(answering);
    const apart = new Set(entries.filter((entry) => answering.apart(entry) === listening.viewerId));
    if (apart.size === 0) return (await group.answers(entries)) ?? listening.answer(entries);
    this.#topic.tally.answers += apart.size;
    const [own, shared] = await Promise.all([
      listening.answer([...apart]),
      group.answers(entries.filter((entry) => !apart.has(entry))),
    ]);
    if (!shared) return listening.answer(entries);
    const [owns, shares] = [own.values(), shared.values()];
    return entries.map((entry) => (apart.has(entry) ? owns : shares).next().value as Answer);
  }

  /** The group that it is answered with now. */
  #enter(answering: Answering): Group {
    if (this.#group?.key === answering.key) return this.#group;
    this.#exit();
    this.#group = this.#topic.enter(answering);
    return this.#group;
  }

  #exit(): void {
    if (!this.#group) return;
    this.#group.leave(this);
    this.#topic.exit(this.#group);
    this.#group = null;
  }
}
