/** Compares what a quick run found with what is recorded of the same measures and sizes. */

import { type Measurement, measured, type Scenario, type Target } from '../scenario.ts';
import { withUnit } from './figures.ts';
import { describe, thisMachine } from './machine.ts';
import type { Record } from './record.ts';

/** How a figure stands to the recorded one, as a line; `hasGrown`: it is worse by more than a fifth. */
export type Comparison = { line: string; isCompared: boolean; hasGrown: boolean };

const most = 1.2;

export function compare(
  { quick, name }: Scenario,
  measurements: readonly Measurement[],
  record: Record | null,
): Comparison[] {
  const [now, before] = [measured(measurements), measured(record?.measurements ?? [])];
  const isHere = record !== null && describe(record.machine) === describe(thisMachine());
  return quick.map((target): Comparison => {
    const [is, was] = [target.figure(now), target.figure(before)];
    const named = `${name}: ${target.what}: ${is === null ? 'not measured' : withUnit(is, target.unit)}`;
    const without = (why: string): Comparison => ({ line: `${named}, ${why}`, isCompared: false, hasGrown: false });
    if (is === null) return { line: named, isCompared: false, hasGrown: false };
    if (was === null) return without('nothing is recorded to compare it with');
    const recorded = `recorded ${withUnit(was, target.unit)}`;
    if (target.unit !== '×' && !isHere) return without(`${recorded} on another machine, and only ratios travel`);
    return { line: `${named}, ${recorded}`, isCompared: true, hasGrown: timesWorse(target, is, was) > most };
  });
}

/** A figure of nothing or less, as a difference of two may be by chance, is no worse than any, and any is worse than it. */
function timesWorse({ at }: Target, is: number, was: number): number {
  const [worse, than] = at === 'most' ? [is, was] : [was, is];
  if (worse <= 0) return 0;
  return than <= 0 ? Number.POSITIVE_INFINITY : worse / than;
}

export function tellComparisons(
  compared: readonly Comparison[],
  asked: readonly Scenario[],
  say: (line: string) => void,
): void {
  const tell = (heading: string, those: readonly Comparison[]): void => {
    say(`\n${heading}:${those.length === 0 ? ' none' : ''}`);
    for (const { line } of those) say(`  ${line}`);
  };
  const leftOut = asked.filter(({ quick }) => quick.length === 0).map(({ name }) => name);
  tell(
    'As recorded, or less than a fifth worse',
    compared.filter(({ isCompared, hasGrown }) => isCompared && !hasGrown),
  );
  tell(
    'Not compared',
    compared.filter(({ isCompared }) => !isCompared),
  );
  tell(
    'Grown by more than a fifth',
    compared.filter(({ hasGrown }) => hasGrown),
  );
  if (leftOut.length > 0) say(`\nOnly a full run has ${leftOut.join(', ')}.`);
}
