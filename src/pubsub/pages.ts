/** Reads pages of history for many at once: those who stand at the same place share one. */

import type { Page } from '../domain/history.ts';
import { deepFreeze } from './freeze.ts';
import type { History } from './history.ts';

/** Events in a page: few enough that a reader who never comes back for the rest costs little. */
export const pageSize = 200;

/** How many full pages to keep for how long (in milliseconds): those who came back together move on apart. */
const mostKept = 50;
const keepFor = 1_000;

export type Pages = {
  /** The events after a number. A full page may be up to a second old: what it holds does not change. */
  after(topic: string, position: number): Promise<Page>;
  /** Read now, for its head, or in doubt. */
  fresh(topic: string, position: number): Promise<Page>;
  /** Drops what is kept of a topic, whose history is another now. */
  forget(topic: string): void;
  close(): void;
};

export function createPages(history: History, tally: { pages: number }): Pages {
  const reading = new Map<string, Promise<Page>>();
  const kept = new Map<string, { topic: string; page: Page; timer: NodeJS.Timeout }>();

  const fresh = async (topic: string, position: number): Promise<Page> => {
    tally.pages += 1;
    return deepFreeze(await history.page(topic, position, pageSize));
  };

  function drop(key: string): void {
    clearTimeout(kept.get(key)?.timer);
    kept.delete(key);
  }

  function keep(key: string, topic: string, page: Page): void {
    if (page.entries.length < pageSize) return;
    drop(key);
    kept.set(key, { topic, page, timer: setTimeout(drop, keepFor, key).unref() });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      drop(oldest);
    }
  }

  async function after(topic: string, position: number): Promise<Page> {
    const key = `${position} ${topic}`;
    const known = kept.get(key)?.page ?? reading.get(key);
    if (known) return known;
    const page = fresh(topic, position);
    reading.set(key, page);
    try {
      keep(key, topic, await page);
      return await page;
    } finally {
      reading.delete(key);
    }
  }

  function forget(topic?: string): void {
    for (const [key, one] of kept) if (topic === undefined || one.topic === topic) drop(key);
  }

  return { after, fresh, forget, close: forget };
}
