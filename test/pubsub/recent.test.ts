import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/pubsub/recent.ts';
import { entries, tagOf } from './entries.ts';
import { numbers, run } from './world.ts';

const place = (position: number, history?: string) => ({ position, tag: tagOf(position, history) });

function recentFrom(start: number, upTo: number): Recent {
  const recent = new Recent();
  recent.reset(place(start));
  if (upTo > start) recent.add(entries(start + 1, upTo));
  return recent;
}

describe('the last events of a topic', () => {
  it('are those after a place, as far back as it began', () => {
    const recent = recentFrom(10, 15);
    expect(numbers(recent.after(place(10)) ?? [])).toEqual(run(11, 15));
    expect(numbers(recent.after(place(13)) ?? [])).toEqual([14, 15]);
    expect(recent.after(place(15))).toEqual([]);
    expect(recent.after(place(9))).toBeNull();
    expect(recent.after(place(16))).toBeNull();
    expect(recent.after(place(13, 'b'))).toBeNull();
  });

  it('are at least 200 and at most 400', () => {
    const recent = recentFrom(0, 0);
    for (let number = 1; number <= 5_000; number++) {
      recent.add(entries(number, number));
      const first = run(0, 401).find((back) => recent.tagOf(number - back) === undefined) ?? Number.NaN;
      if (number > 200) expect(first).toBeGreaterThan(200);
      expect(recent.tagOf(number - 401)).toBeUndefined();
    }
    recent.add(entries(5_001, 9_000));
    expect(numbers(recent.after(place(8_800)) ?? [])).toEqual(run(8_801, 9_000));
    expect(recent.after(place(8_799))).toBeNull();
  });

  it('reach further back once somebody has read what leads up to them', () => {
    const recent = recentFrom(10, 12);
    recent.lead(place(4), entries(5, 14));
    expect(numbers(recent.after(place(4)) ?? [])).toEqual(run(5, 12));
    recent.lead(place(0), entries(1, 4));
    expect(numbers(recent.after(place(0)) ?? [])).toEqual(run(1, 12));
  });

  it('take nothing that does not reach up to them, or is of another history', () => {
    const recent = recentFrom(10, 12);
    recent.lead(place(4), entries(5, 9));
    recent.lead(place(4, 'b'), entries(5, 14, 'b'));
    recent.lead(place(11), entries(12, 14));
    expect(recent.after(place(4))).toBeNull();
    expect(numbers(recent.after(place(10)) ?? [])).toEqual([11, 12]);
  });
});
