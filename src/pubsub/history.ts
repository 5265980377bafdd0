/** The port to what was committed, the truth behind all rings; and the test that every page read has to pass. */

import type { Head, Page, Place, Swept } from '../domain/history.ts';
import { limited } from './limited.ts';

export type History = {
  heads(topics: string[]): Promise<Map<string, Head>>;
  /** The events after a number, at most `limit`. */
  page(topic: string, after: number, limit: number): Promise<Page>;
  /** `horizon` is the last sweep's; null only finds out where to start. */
  sweep(horizon: string | null): Promise<Swept>;
};

export const placeOfHead = ({ head, tag }: Head): Place => ({ position: head, tag });

/**
 * Whether a page goes on from a place: cursor+1, cursor+2, … to the head or the limit. `elsewhere`: the place was pruned
 * or is of another history. `torn`: numbers are missing that no pruning explains, so nothing read can be trusted.
 */
export function judge(page: Page, from: Place, limit: number): 'leads on' | 'elsewhere' | 'torn' {
  const { entries, floor, head, tagAt } = page;
  if (from.position < floor.head || tagAt !== from.tag) return 'elsewhere';
  if (entries.some((entry, index) => entry.position !== from.position + 1 + index)) return 'torn';
  const last = entries.at(-1) ?? from;
  const whole = entries.length === limit ? last.position <= head.head : last.position === head.head;
  return whole && (last.position < head.head || last.tag === head.tag) ? 'leads on' : 'torn';
}

/** Reads that take longer than `longest` milliseconds count as failed. */
export function inTime(history: History, longest: number): History {
  return {
    heads: (topics) => limited(history.heads(topics), longest),
    page: (topic, after, limit) => limited(history.page(topic, after, limit), longest),
    sweep: (horizon) => limited(history.sweep(horizon), longest),
  };
}
