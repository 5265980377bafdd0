/** What was measured, kept as data: results/<scenario>.json, from the last full run. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Measurement } from '../scenario.ts';
import { type Machine, thisMachine } from './machine.ts';

export type Record = { date: string; machine: Machine; measurements: Measurement[] };

const fileOf = (name: string): URL => new URL(`../results/${name}.json`, import.meta.url);

export function readRecord(name: string): Record | null {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record) : null;
}

/** More digits than a figure is good for would only make each run's record look new. */
const rounded = (value: number): number => Number(value.toPrecision(4));

export function writeRecord(name: string, measurements: readonly Measurement[]): void {
  const record: Record = {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    measurements: measurements.map((one) => ({ ...one, runs: one.runs.map(rounded) })),
  };
  // A list of runs on a line of its own.
  const text = JSON.stringify(record, null, 2).replace(/\[[\s\d.,e+-]*\]/g, (list) =>
    list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
  );
  writeFileSync(fileOf(name), `${text}\n`);
}
