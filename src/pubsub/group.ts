/**
 * The subscribers of a topic who are answered the same: what an event tells them is made once, and handed to each.
 *
 *   topic ── hear ──▶ waiting ── one turn's events together ──▶ answer, once ──▶ each who is seated
 *
 * Who stands level is seated, and costs nothing but the handing. Whoever differs for a moment (it is behind, or an event
 * is its own doing) leaves its seat, reads on by itself, and comes back.
 */

import type { Entry } from '../domain/events.ts';
import { type Place, placeOf } from '../domain/history.ts';
import type { Listener, Topic } from './topic.ts';

export type { Entry } from '../domain/events.ts';

/** What one event tells a subscriber. */
export type Answer = {
  /** JSON, and the same in UTF-8. */
  readonly text: string;
  readonly bytes: Buffer;
  /** Nothing may follow it: who got it has no right to more. */
  readonly ends: boolean;
};

/** How those of a group are answered. */
export type Answering = {
  /** Equal where wants and answers are. */
  readonly key: string;
  wants(entry: Entry): boolean;
  /** The viewer whom an event tells something else than the others; null where there is none. */
  apart(entry: Entry): string | null;
  /**
   * One for each event, `isNew` where it was heard just now. Null when it turned out that the answers are not the same for
   * all. Never rejects.
   */
  answer(entries: readonly Entry[], isNew?: boolean): Promise<readonly Answer[] | null>;
};

/**
 * Who takes the answers of a group, in this turn. Where it stands is the group's to know: most stand where the group does,
 * and nothing is to be written down for each.
 */
export type Seat = {
  readonly viewerId: string;
  /** Takes as many as its reader can now, from the first, and says how many that were. */
  take(answers: readonly Answer[]): number;
  /** It was told its last. */
  end(): void;
  /** What comes after the place is to be read: it has no seat any more. */
  stepBack(at: Place): void;
};

/** Events that may wait for an answer; beyond, history is cheaper than memory. */
const mostWaiting = 1_000;
/** How long an answer is good for those who come back together, in milliseconds; what it tells is read at delivery. */
const keepFor = 250;

export class Group implements Listener {
  readonly key: string;
  /** Subscribers, with and without a seat. */
  size = 0;
  readonly #topic: Topic;
  readonly #answering: Answering;
  /** All but those ahead were handed, or do not want, everything up to what was answered. */
  readonly #seats = new Set<Seat>();
  readonly #ahead = new Map<Seat, Place>();
  #waiting: Entry[] = [];
  #working = false;
  /** The last event heard; and the last of those that were answered, or not wanted. */
  #reached: Place;
  #answered: Place;
  readonly #kept = new Map<number, Promise<Answer | null>>();
  /** The last that were asked for together: most come back from the same place. */
  #together: { entries: readonly Entry[]; answers: Promise<readonly Answer[] | null> } | null = null;
  #forgetting: NodeJS.Timeout | undefined;

  constructor(topic: Topic, answering: Answering) {
    this.key = answering.key;
    this.#topic = topic;
    this.#answering = answering;
    this.#reached = topic.at;
    this.#answered = topic.at;
  }

  get reached(): Place {
    return this.#reached;
  }

  /** From this turn on the seat is handed what comes after the place, if the group hands all of it on. */
  seat(seat: Seat, at: Place): boolean {
    if (this.#seats.size === 0 && !this.#working) this.#start();
    const { position } = at;
    if (position < this.#answered.position || !this.#topic.attach(this)) return false;
    // What has passed already contradicts nobody any more: a number alone could be of a history that is no more.
    const isOfHistory =
      position < this.#reached.position ? this.#topic.recentAfter(at) !== null : this.#topic.meets(at);
    if (!isOfHistory) return false;
    this.#seats.add(seat);
    if (position > this.#answered.position) this.#ahead.set(seat, at);
    return true;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.#ahead.delete(seat);
  }

  reconsider(beyond: number): void {
    for (const [seat, at] of this.#ahead) if (at.position > beyond) this.#unseat(seat, at);
  }

  hear(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    if (this.#ahead.size > 0) this.#compare(entries);
    this.#reached = placeOf(last);
    for (const entry of entries) if (this.#answering.wants(entry)) this.#waiting.push(entry);
    if (this.#working) {
      if (this.#waiting.length > mostWaiting) this.#dissolve();
    } else if (this.#waiting.length === 0) {
      this.#settleTo(this.#reached);
    } else {
      this.#working = true;
      // What is heard in this turn is answered together.
      queueMicrotask(() => void this.#work());
    }
  }

  /** For those who read on by themselves: who comes back together is answered together. */
  answers(entries: readonly Entry[]): Promise<readonly Answer[] | null> {
    if (this.#together && areSame(this.#together.entries, entries)) return this.#together.answers;
    const answers = this.#answersEach(entries);
    this.#together = { entries, answers };
    return answers;
  }

  async #answersEach(entries: readonly Entry[]): Promise<readonly Answer[] | null> {
    const missing = entries.filter(({ position }) => !this.#kept.has(position));
    if (missing.length > 0) {
      this.#topic.tally.answers += missing.length;
      const made = this.#answering.answer(missing);
      for (const [index, { position }] of missing.entries()) {
        this.#kept.set(
          position,
          made.then((answers) => answers?.[index] ?? null),
        );
      }
      this.#forgetting ??= setTimeout(() => this.#forget(), keepFor).unref();
    }
    const made = entries.map(({ position }) => this.#kept.get(position) ?? Promise.resolve(null));
    const answers = await Promise.all(made);
    return answers.every((answer) => answer !== null) ? answers : null;
  }

  close(): void {
    clearTimeout(this.#forgetting);
    this.#forget();
    this.#waiting = [];
  }

  /** Nobody was there to hand on to, so nothing was heard: begins where the topic stands. */
  #start(): void {
    this.#topic.detach(this);
    this.#waiting = [];
    this.#reached = this.#topic.at;
    this.#answered = this.#reached;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      const upTo = this.#reached;
      this.#waiting = [];
      // Nothing is waited for where nobody sits: whoever came meanwhile would count as told.
      if (this.#seats.size > 0) await this.#tell(entries, upTo);
      else this.#settleTo(upTo);
    }
    this.#settleTo(this.#reached);
    this.#working = false;
  }

  async #tell(entries: readonly Entry[], upTo: Place): Promise<void> {
    this.#topic.tally.answers += entries.length;
    const answers = await this.#answering.answer(entries, true);
    if (answers === null) return this.#dissolve();
    // Dropped meanwhile, together with all that waited: whoever sits here now has read on beyond it.
    if (upTo.position <= this.#answered.position) return;
    this.#handOn(entries, answers);
    // In the same turn: whoever had to step back must not find its seat where it left it.
    this.#settleTo(upTo);
  }

  /** This is done for each subscriber of each event: whatever is the same for all is found out before. */
  #handOn(entries: readonly Entry[], all: readonly Answer[]): void {
    const answers = upToLast(all);
    const ends = answers.at(-1)?.ends === true;
    const apart = new Set(entries.map((entry) => this.#answering.apart(entry)).filter((viewerId) => viewerId !== null));
    for (const seat of this.#seats) {
      const at = this.#ahead.size === 0 ? undefined : this.#ahead.get(seat);
      if (apart.size > 0 && apart.has(seat.viewerId)) this.#unseat(seat, at ?? this.#answered);
      else if (at) this.#handRest(seat, at, entries, all);
      else this.#hand(seat, this.#answered, entries, answers, ends);
    }
  }

  /** To one ahead: what it was told before may have been answered otherwise then, an end too. */
  #handRest(seat: Seat, at: Place, entries: readonly Entry[], all: readonly Answer[]): void {
    const had = entries.filter(({ position }) => position <= at.position).length;
    const answers = upToLast(all.slice(had));
    this.#hand(seat, at, entries.slice(had), answers, answers.at(-1)?.ends === true);
  }

  #hand(seat: Seat, at: Place, entries: readonly Entry[], answers: readonly Answer[], ends: boolean): void {
    const taken = seat.take(answers);
    this.#topic.tally.deliveries += taken;
    if (taken < answers.length) this.#unseat(seat, entries[taken - 1] ?? at);
    else if (ends) seat.end();
  }

  /** A seat ahead that is passed with another tag stands in another history. */
  #compare(entries: readonly Entry[]): void {
    for (const [seat, at] of this.#ahead) {
      const same = entries.find(({ position }) => position === at.position);
      if (same && same.tag !== at.tag) this.#unseat(seat, at);
    }
  }

  #unseat(seat: Seat, at: Place): void {
    this.leave(seat);
    seat.stepBack(at);
  }

  /** What waited for an answer is dropped: whoever comes back has to have read it by itself. */
  #dissolve(): void {
    this.#waiting = [];
    for (const seat of this.#seats) this.#unseat(seat, this.#ahead.get(seat) ?? this.#answered);
    this.#settleTo(this.#reached);
  }

  /** Not back to before what was dropped meanwhile. */
  #settleTo(place: Place): void {
    if (place.position <= this.#answered.position) return;
    this.#answered = place;
    for (const [seat, at] of this.#ahead) if (at.position <= place.position) this.#ahead.delete(seat);
  }

  #forget(): void {
    this.#kept.clear();
    this.#together = null;
    this.#forgetting = undefined;
  }
}

/** Nothing may follow an answer that ends. */
export function upToLast(answers: readonly Answer[]): readonly Answer[] {
  const last = answers.findIndex(({ ends }) => ends);
  return last === -1 ? answers : answers.slice(0, last + 1);
}

const areSame = (some: readonly Entry[], others: readonly Entry[]): boolean =>
  some.length === others.length && some.every((entry, nth) => entry === others[nth]);
