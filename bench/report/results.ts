/** Writes RESULTS.md and its pictures from what is recorded of all scenarios. */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isMet, type Measurement, measured, median, type Scenario } from '../scenario.ts';
import { distinct, shown, withUnit } from './figures.ts';
import { describe } from './machine.ts';
import { type Record, readRecord } from './record.ts';
import { barsSvg, type Group } from './svg.ts';

type Recorded = { scenario: Scenario; record: Record };

const pictureOf = (name: string): string => `${name}.svg`;

const folder = new URL('../results/', import.meta.url);

export function writeResults(scenarios: readonly Scenario[]): void {
  const recorded = scenarios.flatMap((scenario): Recorded[] => {
    const record = readRecord(scenario.name);
    return record ? [{ scenario, record }] : [];
  });
  const lines = ['# Results', '', ...introduction, '', ...targetTable(recorded), '', ...recorded.flatMap(section)];
  writeFileSync(new URL('../RESULTS.md', import.meta.url), lines.join('\n'));
  const drawn = recorded.map(({ scenario }) => pictureOf(scenario.name));
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.svg') && !drawn.includes(file)) rmSync(new URL(file, folder));
  }
}

const introduction = [
  'Written by `npm run bench`, which measures all that is compared in one run on one machine, in turn. Every figure is the',
  'median of its runs, with the least and the most in brackets, or as a line across its bar. Ratios travel to other machines,',
  'absolute figures do not.',
];

function targetTable(recorded: readonly Recorded[]): string[] {
  const rows = recorded.flatMap(({ scenario, record }) =>
    scenario.targets.map((target) => {
      const figure = target.figure(measured(record.measurements));
      const reach = `at ${target.at} ${withUnit(target.limit, target.unit)}`;
      if (figure === null) return `| ${target.what} | ${reach} | not measured | |`;
      return `| ${target.what} | ${reach} | ${withUnit(figure, target.unit)} | ${isMet(target, figure) ? 'met' : '**missed**'} |`;
    }),
  );
  return ['| measure | to be reached | figure | |', '|---|---|---|---|', ...rows];
}

function section({ scenario, record }: Recorded): string[] {
  const findings = new URL(`${scenario.name}.md`, folder);
  return [
    `## ${scenario.title}`,
    '',
    ...scenario.method.flatMap((paragraph) => [paragraph, '']),
    `Measured ${record.date} on ${describe(record.machine)}.`,
    '',
    picture(scenario, record.measurements),
    '',
    ...distinct(record.measurements.map(({ measure }) => measure)).flatMap((measure) =>
      table(record.measurements.filter((one) => one.measure === measure)),
    ),
    ...(existsSync(findings) ? [readFileSync(findings, 'utf8').trimEnd(), ''] : []),
  ];
}

/** Of one measure: a row for each of whom, a column for each circumstance. */
function table(measurements: readonly Measurement[]): string[] {
  const circumstances = distinct(measurements.map(({ at }) => at));
  const rows = distinct(measurements.map(({ of }) => of)).map((of) => {
    const cells = circumstances.map((at) => {
      const found = measurements.find((one) => one.of === of && one.at === at);
      if (!found) return '';
      return `${shown(median(found.runs))} (${shown(Math.min(...found.runs))}–${shown(Math.max(...found.runs))})`;
    });
    return `| ${of} | ${cells.join(' | ')} |`;
  });
  const [first] = measurements;
  return [
    `| ${first?.measure}, ${first?.unit} | ${circumstances.join(' | ')} |`,
    `|---|${circumstances.map(() => '---:|').join('')}`,
    ...rows,
    '',
  ];
}

/** Answers the line that shows it; writes the file that it shows. */
function picture({ name, picture }: Scenario, all: readonly Measurement[]): string {
  const file = pictureOf(name);
  const drawn = all.filter(({ at }) => picture.at?.includes(at) ?? true);
  const groups = picture.measures.flatMap((measure) => {
    const those = drawn.filter((one) => one.measure === measure);
    if (picture.isOfCircumstances) return [{ ...groupOf(measure, those, ({ at }) => at), scale: measure }];
    return distinct(those.map(({ at }) => at)).map((at) => {
      const sorted = those.filter((one) => one.at === at).toSorted((a, b) => median(a.runs) - median(b.runs));
      const heading = picture.measures.length === 1 ? at : `${measure}, ${at}`;
      return groupOf(heading, sorted, ({ of }) => of);
    });
  });
  writeFileSync(new URL(file, folder), barsSvg(picture.title, groups));
  return `![${picture.title}](results/${file})`;
}

function groupOf(heading: string, those: readonly Measurement[], labelOf: (one: Measurement) => string): Group {
  const unit = those[0]?.unit ?? '';
  const bars = those.map((one) => ({
    label: labelOf(one),
    value: median(one.runs),
    least: Math.min(...one.runs),
    most: Math.max(...one.runs),
    isOurs: one.of.startsWith('Haggle'),
  }));
  return { heading, unit, scale: unit, bars };
}
