/** Compares what a quick run found with what is recorded. */

import { type Measurement, measured, type Scenario } from '../scenario.ts';
import { shown } from './figures.ts';
import type { Record } from './record.ts';

/** By how much a figure may be worse before it is told. */
const most = 1.2;

/** Says how each figure stands to the recorded one, and answers those that have become worse by more than a fifth. */
export function compare(
  scenario: Scenario,
  measurements: readonly Measurement[],
  record: Record | null,
  say: (line: string) => void,
): string[] {
  if (!record) {
    say('nothing is recorded to compare with');
    return [];
  }
  const [now, before] = [measured(measurements), measured(record.measurements)];
  return scenario.targets.flatMap((target) => {
    const [is, was] = [target.figure(now), target.figure(before)];
    if (target.isRough || is === null || was === null || was <= 0) return [];
    const worse = target.at === 'most' ? is / was : was / is;
    const line = `${target.what}: ${shown(is)} ${target.unit}, recorded ${shown(was)} ${target.unit}`;
    say(line);
    return worse > most ? [line] : [];
  });
}
