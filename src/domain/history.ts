/** A topic's history as it can be read back: places in it, and pages of it. */

import type { Entry } from './events.ts';

/** An event's place in its topic. Its tag tells this history from another that gave the same number out. */
export type Place = { position: number; tag: string };

/** The number and tag of a topic's last event; 0 and '0' for a topic without events. */
export type Head = { head: number; tag: string };

/** A topic as one snapshot showed it, with some of its events. */
export type Page = {
  /** The last event that was pruned; 0 and '0' where none was. */
  floor: Head;
  head: Head;
  /** The tag of the event that the page comes after (the floor's tag at the floor, '0' at 0), null if it is not there. */
  tagAt: string | null;
  /** Oldest first. */
  entries: Entry[];
};

/** What one commit appended, as it is rung: numbers mean something only in the history that gave them out. */
export type Appended = {
  /** As `Swept.source`. */
  source: string;
  entries: readonly Entry[];
  /**
   * By order, what whoever tells of these events would read first: as the commit left it. Where it is missing, or comes
   * late, it is read.
   */
  snapshots?: Readonly<Record<string, unknown>>;
  /**
   * By name, up to which number the orders' own topics have come, which move with all that happens to an order: whoever
   * hears of it in another topic knows by it what is older.
   */
  heads?: Readonly<Record<string, number>>;
  /** When it was rung, in milliseconds since 1970, by the clock of the process. */
  rungAt?: number;
};

/** What was committed since the last sweep. Transaction ids are 64 bits wide, in decimal. */
export type Swept = {
  /** Which server and database answered: another one may tell another history. */
  source: string;
  /** Where the next sweep starts: all transactions before this one had ended. */
  horizon: string;
  /** The first transaction id not given out yet. It never goes back, but in another history. */
  next: string;
  /** The last new event of each topic that has any. */
  moved: { topic: string; head: Head }[];
};

export const placeOf = (entry: Place): Place => ({ position: entry.position, tag: entry.tag });
