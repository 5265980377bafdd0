/** Figures as people read them. */

/** Three digits that count. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-GB');
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

export const withUnit = (value: number, unit: string): string => `${shown(value)} ${unit}`;

/** How the rows and columns of a table stand: each once, as they first come. */
export const distinct = <T>(values: Iterable<T>): T[] => [...new Set(values)];
