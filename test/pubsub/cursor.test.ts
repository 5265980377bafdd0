import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CursorInvalid, encodeCursor, generalScope, orderScope, placeIn } from '../../src/pubsub/cursor.ts';

const place = fc.record({
  position: fc.maxSafeNat(),
  tag: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
});

describe('a cursor', () => {
  it('keeps the place of each of its topics', () => {
    fc.assert(
      fc.property(place, place, place, (user, market, order) => {
        const places = [
          { topic: 'user:1', ...user },
          { topic: 'market', ...market },
          { topic: 'order:7', ...order },
        ];
        const cursor = encodeCursor(generalScope, places);
        for (const { topic, ...expected } of places) expect(placeIn(cursor, generalScope, topic)).toEqual(expected);
      }),
    );
  });

  it('is the same for the same places, in whatever order they are given', () => {
    const places = ['a', 'b', 'c'].map((topic, index) => ({ topic, position: index, tag: '5' }));
    expect(encodeCursor('s', places)).toBe(encodeCursor('s', places.toReversed()));
  });

  it('is refused in another stream and for a topic that it has no place in', () => {
    const cursor = encodeCursor(orderScope('1'), [{ topic: 'user:1', position: 3, tag: '9' }]);
    expect(() => placeIn(cursor, orderScope('2'), 'user:1')).toThrow(CursorInvalid);
    expect(() => placeIn(cursor, generalScope, 'user:1')).toThrow(CursorInvalid);
    expect(() => placeIn(cursor, orderScope('1'), 'user:2')).toThrow(CursorInvalid);
  });

  it('is refused when it was cut, lengthened, altered or made up', () => {
    const cursor = encodeCursor(generalScope, [{ topic: 'market', position: 300, tag: '-77' }]);
    const bytes = Buffer.from(cursor, 'base64url');
    const position = 1 + 8;
    const longer = [
      ...bytes.subarray(0, position + 1),
      (bytes[position + 1] ?? 0) | 128,
      0,
      ...bytes.subarray(position + 2),
    ];
    const broken = [
      '',
      'x',
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      `${cursor}\n`,
      'YXJyYXljb25uZWN0aW9uOjA=',
      '\u0000',
      Buffer.concat([Buffer.of(2), bytes.subarray(1)]).toString('base64url'),
      Buffer.concat([bytes, bytes.subarray(1)])
        .toString('base64url')
        .repeat(20),
      Buffer.from(longer).toString('base64url'),
      Buffer.from([...bytes.subarray(0, position), ...new Array(9).fill(255), 1, ...bytes.subarray(-8)]).toString(
        'base64url',
      ),
    ];
    for (const one of broken) expect(() => placeIn(one, generalScope, 'market'), one).toThrow(CursorInvalid);
  });

  it('is refused, whatever bytes it is made of, or written just so', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const cursor = Buffer.from(bytes).toString('base64url');
        expect(() => placeIn(cursor, generalScope, 'market')).toThrow(CursorInvalid);
      }),
    );
  });
});
