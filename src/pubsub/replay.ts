/** Finds out whether a cursor's place is in the history of its topic, so that reading can go on after it. */

import type { Place } from '../domain/history.ts';
import { CursorExpired } from './cursor.ts';
import { judge, placeOfHead } from './history.ts';
import { type Pages, pageSize } from './pages.ts';
import type { Topic } from './topic.ts';

/** Throws CursorExpired if what follows the place cannot be had. Asks the database only where memory does not reach. */
export async function verify(topic: Topic, place: Place, pages: Pages): Promise<void> {
  if (topic.recentAfter(place)) return;
  const page = await pages.after(topic.name, place.position);
  const verdict = judge(page, place, pageSize);
  if (verdict === 'elsewhere') throw new CursorExpired(topic.name, placeOfHead(page.floor));
  if (verdict === 'torn')
    throw new Error(`Numbers are missing from the history of ${topic.name} after ${place.position}.`);
  topic.learn(place, page);
}
