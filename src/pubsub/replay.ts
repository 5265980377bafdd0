/** Reads a topic's history on from a place: whether the place is in it, and what follows. */

import type { Entry } from '../domain/events.ts';
import type { Page, Place } from '../domain/history.ts';
import { CursorExpired } from './cursor.ts';
import { judge, placeOfHead } from './history.ts';
import { type Pages, pageSize } from './pages.ts';
import type { Topic } from './topic.ts';

/** Throws CursorExpired if what follows the place cannot be had. Asks the database only where memory does not reach. */
export async function verify(topic: Topic, place: Place, pages: Pages): Promise<void> {
  if (topic.recentAfter(place)) return;
  topic.learn(place, await pageAfter(topic, place, pages));
}

/**
 * The next events after a place, from memory or a page; none if there are none yet. Throws CursorExpired if they cannot
 * be had any more, and whatever the database throws.
 */
export async function readOn(topic: Topic, from: Place, pages: Pages): Promise<readonly Entry[]> {
  const recent = topic.recentAfter(from);
  if (recent && recent.length > 0) return recent.slice(0, pageSize);
  await topic.ready();
  const page = await pageAfter(topic, from, pages);
  topic.learn(from, page);
  if (page.entries.length === 0 && from.position < topic.at.position) {
    topic.doubt();
    throw new Error('The topic is ahead of what the database has: one of the two tells another history.');
  }
  return page.entries;
}

async function pageAfter(topic: Topic, place: Place, pages: Pages): Promise<Page> {
  const page = await pages.after(topic.name, place.position);
  const verdict = judge(page, place, pageSize);
  if (verdict === 'elsewhere') throw new CursorExpired(topic.name, placeOfHead(page.floor));
  if (verdict === 'torn')
    throw new Error(`Numbers are missing from the history of ${topic.name} after ${place.position}.`);
  return page;
}
