/** An older copy of the database is put in its place under running processes and readers: never another history. */

import { check, checkFormer, type Event, faultless, inWords, readEvents } from './checker.ts';
import { rest } from './cluster.ts';
import { mostToLevel, timeToLevel } from './level.ts';
import type { Reader } from './reader.ts';
import type { Stage } from './stage.ts';

/** Answers what it must not be. What the copy does not have is lost on purpose; all that came after has to hold. */
export async function runRestore(
  stage: Stage,
  options: {
    rate: number;
    /** Milliseconds of writing: before the copy is made, until it is put back, and after that. */
    phases: readonly [before: number, lost: number, after: number];
    most?: number;
    say?: (line: string) => void;
  },
): Promise<string[]> {
  const { cluster, readers, heads } = stage;
  const { rate, phases, most = mostToLevel, say = () => {} } = options;
  const before = stage.write(rate);
  await rest(phases[0]);
  await before.stop();
  const restore = await cluster.copyDatabase();
  // What a reader has of this is taken back.
  const lost = stage.write(rate);
  await rest(phases[1]);
  await lost.stop();
  await timeToLevel(cluster.sql(), readers, performance.now());
  let old: Event[] = [];
  await restore(async (sql) => {
    old = await readEvents(sql);
  });
  const restored = Date.now();
  const after = stage.write(rate);
  await rest(phases[2]);
  await after.stop();
  const took = await timeToLevel(cluster.sql(), readers, performance.now());

  const events = await readEvents(cluster.sql());
  const acknowledged = [...before.acknowledged, ...after.acknowledged];
  const counts = check({ events, heads, readers, acknowledged });
  const former = checkFormer(readers, old, heads);
  const expired = readers.filter((reader) => reader.expired > 0);
  const kept = new Set(events.map(({ id }) => id));
  const takenBack = old.filter(({ id }) => !kept.has(id)).length;
  const deceived = readers.filter(
    (reader) => !reader.expired && reader.histories[0]?.received.some(({ id }) => !kept.has(id)),
  );
  say(`${takenBack} events were taken back; ${expired.length} readers were told CURSOR_EXPIRED and began anew`);
  say(`level ${took} ms after the last write, ${Date.now() - restored} ms after the restore; ${inWords(counts)}`);
  say(`of what they had before: torn ${former.torn}, of another history ${former.mixed}`);
  return [
    ...(faultless(counts) ? [] : [inWords(counts)]),
    ...(took > most ? [`${took} ms to level`] : []),
    ...(former.torn + former.mixed > 0 ? [`torn ${former.torn}, of another history ${former.mixed}`] : []),
    ...(expired.length === 0 ? ['Nobody was told that the history is another one.'] : []),
    ...(deceived.length > 0
      ? [`${deceived.length} readers were handed what is no more, and not told: ${namesOf(deceived)}`]
      : []),
    ...new Set([...before.refused, ...lost.refused, ...after.refused]),
  ];
}

const namesOf = (readers: readonly Reader[]): string =>
  readers.map(({ kind, who, topic, state }) => `${kind} of ${who} in ${topic}, which ${state()}`).join('; ');
