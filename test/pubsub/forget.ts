/** What a restore from an older copy does to one topic, with nobody's connection lost. */

import type { Database } from '../../src/db/connection.ts';

/** Takes back what comes after a number: the numbers beyond it will be given out again. */
export async function forget(db: Database, topic: string, after: number): Promise<void> {
  await db.$client.begin(async (sql) => {
    await sql`delete from events where topic = ${topic} and position > ${after}`;
    await sql`update topics set head = position, tag = events.tag from events
      where topics.topic = ${topic} and events.topic = ${topic} and position = ${after}`;
  });
}
