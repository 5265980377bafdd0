/** The bounds of the waits between tries. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { waitAfter, waits } from '../../client/urql/backoff.ts';

test('waits stay within their bounds, whatever the chance and however many tries', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(40), fc.integer({ min: 41, max: 1e9 })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, random) => {
        const wait = waitAfter(failures, random);
        expect(wait).toBeGreaterThanOrEqual(waits.least);
        expect(wait).toBeLessThanOrEqual(Math.min(waits.most, waits.first * 2 ** failures));
      },
    ),
  );
});

test('waits grow with each failure, and differ by chance', () => {
  expect([0, 1, 2, 3, 4].map((failures) => waitAfter(failures, 1))).toEqual([1_000, 2_000, 4_000, 8_000, 10_000]);
  expect(waitAfter(3, 0.1)).toBeLessThan(waitAfter(3, 0.9));
});
