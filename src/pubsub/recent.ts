/** The last events of a topic, so that most who come back with a cursor need no statement. */

import type { Entry } from '../domain/events.ts';
import { type Place, placeOf } from '../domain/history.ts';

/** How many events to remember at least, once so many came by; at most twice as many. */
const size = 200;

export class Recent {
  /** Where what is remembered begins: the place before the first. */
  #start: Place = { position: 0, tag: '0' };
  /** Without gaps. */
  #entries: Entry[] = [];

  /** Forgets all, and goes on after a place. */
  reset(start: Place): void {
    this.#start = start;
    this.#entries = [];
  }

  /** Events that follow those remembered. */
  add(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
    if (this.#entries.length > 2 * size) this.#trim();
  }

  /** Events that were read after a place: remembered too where they lead up to the others. */
  lead(from: Place, entries: readonly Entry[]): void {
    if (this.#entries.length >= size || from.position >= this.#start.position) return;
    const count = this.#start.position - from.position;
    // What overlaps is known to be of the same history.
    if (entries[count - 1]?.tag !== this.#start.tag) return;
    this.#entries = [...entries.slice(0, count), ...this.#entries];
    this.#start = placeOf(from);
    if (this.#entries.length > size) this.#trim();
  }

  /** The tag of a number, as far as remembered. */
  tagOf(position: number): string | undefined {
    const index = position - this.#start.position;
    return index === 0 ? this.#start.tag : this.#entries[index - 1]?.tag;
  }

  /** All that follows a place, or null if it is not remembered, or not with this tag. */
  after(place: Place): readonly Entry[] | null {
    return this.tagOf(place.position) === place.tag ? this.#entries.slice(place.position - this.#start.position) : null;
  }

  #trim(): void {
    const count = this.#entries.length - size;
    const last = this.#entries[count - 1];
    if (!last) return;
    this.#start = placeOf(last);
    this.#entries = this.#entries.slice(count);
  }
}
