/** Tells whoever waits at the terminal what was measured, and what was to be reached. */

import { isMet, type Measurement, measured, median, type Scenario } from '../scenario.ts';
import { shown, withUnit } from './figures.ts';

type Say = (line: string) => void;

export function tellMeasurements(measurements: readonly Measurement[], say: Say): void {
  for (const { measure, of, at, unit, runs } of measurements) {
    const spread = `${shown(Math.min(...runs))} – ${shown(Math.max(...runs))}`;
    const [what, who, figure] = [`${measure}, ${at}`.padEnd(62), of.padEnd(30), withUnit(median(runs), unit)];
    say(`${what}${who}${figure.padStart(14)}   (${spread})`);
  }
}

export function tellTargets(scenario: Scenario, measurements: readonly Measurement[], say: Say): void {
  const found = measured(measurements);
  for (const target of scenario.targets) {
    const figure = target.figure(found);
    if (figure === null) continue;
    const reach = `at ${target.at} ${withUnit(target.limit, target.unit)}`;
    say(`${isMet(target, figure) ? '✓' : '✗'} ${target.what}: ${withUnit(figure, target.unit)} (${reach})`);
  }
}
