/**
 * npm run bench: measures what Haggle costs beside what people would use otherwise, and writes it down. `-- fan-out
 * idle-memory`: only these. `--runs N`: fewer runs, only told. `--quick`: whether it has become worse. `--render`: writes
 * RESULTS.md anew from what is recorded.
 */

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { prepareGround } from './ground.ts';
import { ensureInstalled } from './installed.ts';
import { type Comparison, compare, tellComparisons } from './report/compare.ts';
import { readRecord, writeRecord } from './report/record.ts';
import { writeResults } from './report/results.ts';
import { tellMeasurements, tellTargets } from './report/tell.ts';
import type { Scenario } from './scenario.ts';

const usualRuns = 5;
const quickRuns = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
  },
});
const { quick } = values;
const runs = Number(values.runs ?? (quick ? quickRuns : usualRuns));

async function loadScenarios(): Promise<Scenario[]> {
  const folder = new URL('scenarios/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const modules = files.map((name) => import(new URL(name, folder).href) as Promise<{ scenario: Scenario }>);
  return (await Promise.all(modules)).map(({ scenario }) => scenario);
}

async function runAll(chosen: readonly Scenario[]): Promise<Comparison[]> {
  ensureInstalled();
  const ground = await prepareGround();
  const compared: Comparison[] = [];
  try {
    for (const scenario of chosen) {
      console.log(`\n${scenario.title}`);
      const began = performance.now();
      const say = (line: string): void => console.log(`  ${line}`);
      const measurements = await scenario.run(ground, { runs, quick, say });
      tellMeasurements(measurements, say);
      if (quick) compared.push(...compare(scenario, measurements, readRecord(scenario.name)));
      else tellTargets(scenario, measurements, say);
      say(`took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
      if (!quick && runs >= usualRuns) writeRecord(scenario.name, measurements);
    }
  } finally {
    await ground.close();
  }
  return compared;
}

const scenarios = await loadScenarios();
const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}: ${scenarios.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const asked = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const chosen = quick ? asked.filter((scenario) => scenario.quick.length > 0) : asked;
const compared = values.render ? [] : await runAll(chosen);
if (quick) tellComparisons(compared, asked, console.log);
else if (runs >= usualRuns) writeResults(scenarios);
process.exit(compared.some(({ hasGrown }) => hasGrown) ? 1 : 0);
