/** What a benchmark is: a description, what is to be reached, and a run that answers what it measured as data. */

import type { Ground } from './ground.ts';

/** One figure, measured again and again. */
export type Measurement = {
  /** What was measured, as a heading: `CPU per delivered event`. */
  measure: string;
  /** Of whom: `Haggle`, `raw ws`. */
  of: string;
  /** Under which circumstances: `1,000 subscribers`. */
  at: string;
  unit: string;
  /** One for each run, in their order. */
  runs: number[];
};

export type Target = {
  /** As a sentence's subject: `CPU per delivered event, 1,000 subscribers, against raw ws`. */
  what: string;
  at: 'most' | 'least';
  limit: number;
  /** `×` for ratios. */
  unit: string;
  /** Null if it was not measured. */
  figure(measured: Measured): number | null;
};

/** What a scenario's picture shows of its measures: a group of bars for each of them and each circumstance. */
export type Picture = {
  title: string;
  measures: readonly string[];
  /** Only under these circumstances; unset: all that were measured. */
  at?: readonly string[];
  /** Instead one group for each measure, with a bar for each circumstance: where nothing is compared but those. */
  isOfCircumstances?: boolean;
};

/** What a scenario has measured, to be asked by name. */
export type Measured = {
  all: readonly Measurement[];
  /** The median, or null if it was not measured. */
  median(measure: string, of: string, at: string): number | null;
  /** The median of `of` as a multiple of that of `against`; null if one is missing. */
  ratio(measure: string, of: string, against: string, at: string): number | null;
};

export type RunOptions = {
  /** How often each figure is measured. */
  runs: number;
  /** Only what the scenario's `quick` needs. Whatever has its name is measured as in a full run, if for a shorter time. */
  quick: boolean;
  /** A line for whoever waits. */
  say(line: string): void;
};

export type Scenario = {
  /** As its file is called. */
  name: string;
  title: string;
  /** What was done and how it was measured, for whoever reads the results: paragraphs of Markdown. */
  method: readonly string[];
  targets: readonly Target[];
  /** What the quick form compares with the record, so a full run has to measure it too; empty: it leaves the scenario out. */
  quick: readonly Target[];
  picture: Picture;
  run(ground: Ground, options: RunOptions): Promise<Measurement[]>;
};

export function median(runs: readonly number[]): number {
  const sorted = runs.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}

export function measured(all: readonly Measurement[]): Measured {
  const find = (measure: string, of: string, at: string): number | null => {
    const found = all.find((one) => one.measure === measure && one.of === of && one.at === at);
    return found ? median(found.runs) : null;
  };
  return {
    all,
    median: find,
    ratio(measure, of, against, at) {
      const [one, other] = [find(measure, of, at), find(measure, against, at)];
      return one === null || other === null ? null : one / other;
    },
  };
}

export const isMet = ({ at, limit }: Target, figure: number): boolean =>
  at === 'most' ? figure <= limit : figure >= limit;
