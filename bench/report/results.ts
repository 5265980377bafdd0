/** Writes RESULTS.md and its pictures from what is recorded of all scenarios. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMet, type Measurement, measured, median, type Scenario } from '../scenario.ts';
import { distinct, shown, withUnit } from './figures.ts';
import { describe } from './machine.ts';
import { type Record, readRecord } from './record.ts';
import { barsSvg } from './svg.ts';

type Recorded = { scenario: Scenario; record: Record };

const folder = new URL('../results/', import.meta.url);

export function writeResults(scenarios: readonly Scenario[]): void {
  const recorded = scenarios.flatMap((scenario): Recorded[] => {
    const record = readRecord(scenario.name);
    return record ? [{ scenario, record }] : [];
  });
  const lines = ['# Results', '', ...introduction, '', ...targetTable(recorded), '', ...recorded.flatMap(section)];
  writeFileSync(new URL('../RESULTS.md', import.meta.url), lines.join('\n'));
}

const introduction = [
  'Written by `npm run bench`, which measures all that is compared in one run on one machine, in turn. Every figure is the',
  'median of its runs, with the least and the most in brackets. Ratios travel to other machines, absolute figures do not.',
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
    ...distinct(record.measurements.map(({ measure }) => measure)).flatMap((measure) =>
      table(record.measurements.filter((one) => one.measure === measure)),
    ),
    ...scenario.charts.flatMap((chart) => pictures(scenario.name, chart, record.measurements)),
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

function pictures(name: string, chart: { measure: string; at?: string }, all: readonly Measurement[]): string[] {
  const drawn = all.filter(({ measure, at }) => measure === chart.measure && (chart.at ?? at) === at);
  return distinct(drawn.map(({ at }) => at)).flatMap((at) => {
    const these = drawn.filter((one) => one.at === at);
    const title = `${chart.measure}, ${at}`;
    const file = `${name}-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`;
    const bars = these.map(({ of, runs }) => ({ label: of, value: median(runs), isOurs: of.startsWith('Haggle') }));
    writeFileSync(new URL(file, folder), barsSvg(title, these[0]?.unit ?? '', bars));
    return [`![${title}](results/${file})`, ''];
  });
}
