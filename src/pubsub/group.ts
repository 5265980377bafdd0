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
  /** One for each event. Null when it turned out that the answers are not the same for all. Never rejects. */
  answer(entries: readonly Entry[]): Promise<readonly Answer[] | null>;
};

/** Who takes the answers of a group, in this turn. */
export type Seat = {
  /** Everything up to here it was handed, or does not want. */
  readonly at: Place;
  /** `upTo`: nothing wanted is between the last event and there. */
  take(entries: readonly Entry[], answers: readonly Answer[], upTo: Place): void;
  /** What comes is to be read: it has no seat any more. */
  stepBack(): void;
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
  readonly #seats = new Set<Seat>();
  /** Seated ahead of what the topic has handed on. */
  readonly #ahead = new Set<Seat>();
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

  /** From this turn on the seat is handed what comes, if nothing is between it and what the group hands on next. */
  seat(seat: Seat): boolean {
    if (this.#seats.size === 0 && !this.#working) this.#start();
    const { position } = seat.at;
    if (position < this.#answered.position || !this.#topic.attach(this)) return false;
    if (position >= this.#reached.position && !this.#topic.meets(seat.at)) return false;
    this.#seats.add(seat);
    if (position > this.#reached.position) this.#ahead.add(seat);
    return true;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.#ahead.delete(seat);
  }

  reconsider(beyond: number): void {
    for (const seat of [...this.#ahead]) if (seat.at.position > beyond) seat.stepBack();
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
      this.#answered = this.#reached;
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
      const answers = await this.#answersFor(entries);
      if (answers === null) {
        this.#dissolve();
      } else {
        for (const seat of this.#seats) seat.take(entries, answers, upTo);
      }
      this.#settleTo(upTo);
    }
    this.#answered = this.#reached;
    this.#working = false;
  }

  async #answersFor(entries: readonly Entry[]): Promise<readonly Answer[] | null> {
    if (this.#seats.size === 0) return [];
    this.#topic.tally.answers += entries.length;
    return this.#answering.answer(entries);
  }

  /** A seat ahead that is passed with another tag stands in another history. */
  #compare(entries: readonly Entry[]): void {
    for (const seat of this.#ahead) {
      const same = entries.find(({ position }) => position === seat.at.position);
      if (same && same.tag !== seat.at.tag) seat.stepBack();
      if ((entries.at(-1)?.position ?? 0) >= seat.at.position) this.#ahead.delete(seat);
    }
  }

  /** What waited for an answer is dropped: whoever comes back has to have read it by itself. */
  #dissolve(): void {
    this.#waiting = [];
    this.#settleTo(this.#reached);
    for (const seat of this.#seats) seat.stepBack();
  }

  /** Not back to before what was dropped meanwhile. */
  #settleTo(place: Place): void {
    if (place.position > this.#answered.position) this.#answered = place;
  }

  #forget(): void {
    this.#kept.clear();
    this.#together = null;
    this.#forgetting = undefined;
  }
}

const areSame = (some: readonly Entry[], others: readonly Entry[]): boolean =>
  some.length === others.length && some.every((entry, nth) => entry === others[nth]);
