import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import {
  type Act,
  doubt,
  hear,
  impatient,
  opened,
  type Position,
  pageRead,
  readFailed,
  type State,
  type Step,
  told,
  unopened,
} from '../../src/pubsub/position.ts';
import { entries, entry, pageOf, tagOf } from './entries.ts';

const limit = 200;
const remembered = (position: number): string => tagOf(position);
const headAt = (head: number, history?: string) => ({ head, tag: tagOf(head, history) });
const nobody: Position['held'] = new Map();

/** Each state, standing at 10. WAITING and those that read have heard 12 before 11. */
const at = { position: 10, tag: tagOf(10) };
const heldBack: Position['held'] = new Map([[12, entry(12)]]);
const states: Record<State, Position> = {
  OPENING: unopened,
  LEVEL: { state: 'LEVEL', at, known: 10, held: nobody, asked: unopened.asked },
  WAITING: { state: 'WAITING', at, known: 12, held: heldBack, asked: unopened.asked },
  READING: { state: 'READING', at, known: 12, held: heldBack, asked: { from: at, known: 12 } },
  DOUBTFUL: { state: 'DOUBTFUL', at, known: 12, held: heldBack, asked: { from: at, known: 12 } },
};

const happenings = {
  'the head is read': (position: Position) => opened(position, headAt(10)),
  'the next number': (position: Position) => hear(position, [entry(11)], remembered),
  'a number passed': (position: Position) => hear(position, [entry(9)], remembered),
  'a number passed, with another tag': (position: Position) => hear(position, [entry(9, 'b')], remembered),
  'the present number, with another tag': (position: Position) => hear(position, [entry(10, 'b')], remembered),
  'a number beyond the next': (position: Position) => hear(position, [entry(13)], remembered),
  'a head beyond': (position: Position) => told(position, headAt(13), remembered),
  'the same head': (position: Position) => told(position, headAt(10), remembered),
  'the same head, with another tag': (position: Position) => told(position, headAt(10, 'b'), remembered),
  'an older head': (position: Position) => told(position, headAt(8), remembered),
  'an older head that is not remembered': (position: Position) => told(position, headAt(8), () => undefined),
  doubt: (position: Position) => doubt(position),
  impatience: (position: Position) => impatient(position),
  'a page to the end': (position: Position) => pageRead(position, pageOf(entries(1, 12), 10, limit), limit, remembered),
  'a page with more to come': (position: Position) => pageRead(position, pageOf(entries(1, 15), 10, 3), 3, remembered),
  'a page that ends below what was heard': (position: Position) =>
    pageRead(position, pageOf(entries(1, 10), 10, limit), limit, remembered),
  'a page of another history': (position: Position) =>
    pageRead(position, pageOf(entries(1, 12, 'b'), 10, limit), limit, remembered),
  'a page from below the floor': (position: Position) =>
    pageRead(position, { ...pageOf(entries(1, 20), 10, limit), floor: headAt(15), tagAt: null }, limit, remembered),
  'a page with a hole': (position: Position) =>
    pageRead(position, { ...pageOf(entries(1, 12), 10, limit), entries: [entry(12)] }, limit, remembered),
  'a read that failed': (position: Position) => readFailed(position),
} as const satisfies Record<string, (position: Position) => Step>;

type Happening = keyof typeof happenings;
type Expected = { state: State; hand?: [from: number, to: number]; act?: Act };

const stays = (state: State): Expected => ({ state });
const opening = stays('OPENING');
const reads: Expected = { state: 'READING', act: 'read' };
const rests = (state: State): Expected => ({ state, act: 'rest' });
const begins: Expected = { state: 'OPENING', act: 'begin' };

/** Each state × each happening. It does not compile with a cell missing. */
const table: Record<Happening, Record<State, Expected>> = {
  'the head is read': {
    OPENING: stays('LEVEL'),
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'the next number': {
    OPENING: opening,
    LEVEL: { state: 'LEVEL', hand: [11, 11] },
    WAITING: { state: 'LEVEL', hand: [11, 12] },
    READING: { state: 'READING', hand: [11, 12] },
    DOUBTFUL: { state: 'DOUBTFUL', hand: [11, 12] },
  },
  'a number passed': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'a number passed, with another tag': {
    OPENING: opening,
    LEVEL: reads,
    WAITING: reads,
    READING: stays('DOUBTFUL'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'the present number, with another tag': {
    OPENING: opening,
    LEVEL: reads,
    WAITING: reads,
    READING: stays('DOUBTFUL'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'a number beyond the next': {
    OPENING: opening,
    LEVEL: { state: 'WAITING', act: 'wait' },
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'a head beyond': {
    OPENING: opening,
    LEVEL: { state: 'WAITING', act: 'wait' },
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'the same head': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'the same head, with another tag': {
    OPENING: opening,
    LEVEL: reads,
    WAITING: reads,
    READING: stays('DOUBTFUL'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'an older head': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: stays('READING'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  'an older head that is not remembered': {
    OPENING: opening,
    LEVEL: reads,
    WAITING: reads,
    READING: stays('DOUBTFUL'),
    DOUBTFUL: stays('DOUBTFUL'),
  },
  doubt: { OPENING: opening, LEVEL: reads, WAITING: reads, READING: stays('DOUBTFUL'), DOUBTFUL: stays('DOUBTFUL') },
  impatience: { OPENING: opening, LEVEL: stays('LEVEL'), WAITING: reads, READING: reads, DOUBTFUL: reads },
  'a page to the end': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: { state: 'LEVEL', hand: [11, 12] },
    DOUBTFUL: { state: 'READING', hand: [11, 12], act: 'read' },
  },
  'a page with more to come': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: { state: 'READING', hand: [11, 13], act: 'read' },
    DOUBTFUL: { state: 'READING', hand: [11, 13], act: 'read' },
  },
  'a page that ends below what was heard': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: stays('LEVEL'),
    DOUBTFUL: reads,
  },
  'a page of another history': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: begins,
    DOUBTFUL: begins,
  },
  'a page from below the floor': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: begins,
    DOUBTFUL: begins,
  },
  'a page with a hole': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: rests('READING'),
    DOUBTFUL: rests('DOUBTFUL'),
  },
  'a read that failed': {
    OPENING: opening,
    LEVEL: stays('LEVEL'),
    WAITING: stays('WAITING'),
    READING: rests('READING'),
    DOUBTFUL: rests('DOUBTFUL'),
  },
};

describe('the position of a topic', () => {
  for (const happening of Object.keys(table) as Happening[]) {
    for (const state of Object.keys(states) as State[]) {
      it(`takes ${happening} when ${state}`, () => {
        const expected = table[happening][state];
        const { position, hand, act } = happenings[happening](states[state]);
        expect({ state: position.state, hand: numbers(hand), act }).toEqual({
          state: expected.state,
          hand: expected.hand ? numbers(entries(...expected.hand)) : [],
          act: expected.act ?? null,
        });
      });
    }
  }

  it('hands on what it held while it opened', () => {
    const early = hear(unopened, [entry(12), entry(11), entry(9), entry(14)], () => undefined).position;
    const { position, hand, act } = opened(early, headAt(10));
    expect(numbers(hand)).toEqual([11, 12]);
    expect({ state: position.state, known: position.known, act }).toEqual({ state: 'WAITING', known: 14, act: 'wait' });
  });

  it('waits anew when a hole was filled and another one stays', () => {
    const waiting = hear(states.WAITING, [entry(14)], remembered).position;
    const step = hear(waiting, [entry(11)], remembered);
    expect(numbers(step.hand)).toEqual([11, 12]);
    expect(step.act).toBe('wait');
  });

  it('forgets what it heard of a history that the database does not have', () => {
    const reading = impatient(hear(states.LEVEL, [entry(12), entry(13)], remembered).position).position;
    const heardSince = hear(reading, [entry(20)], remembered).position;
    const step = pageRead(heardSince, pageOf(entries(1, 11), 10, limit), limit, remembered);
    expect(numbers(step.hand)).toEqual([11]);
    expect([...step.position.held.keys()]).toEqual([20]);
    expect(step).toMatchObject({ act: 'wait', position: { state: 'WAITING', known: 20 } });
  });

  it('begins anew when a page contradicts what was handed on while it was read', () => {
    const reading = impatient(states.WAITING).position;
    const further = hear(reading, [entry(11)], remembered).position;
    const other = [...entries(1, 10), ...entries(11, 12, 'b')];
    expect(pageRead(further, pageOf(other, 10, limit), limit, remembered).act).toBe('begin');
  });

  it('keeps neither of two events with the same number, since it cannot tell which one is true', () => {
    const waiting = hear(states.WAITING, [entry(12, 'b')], remembered).position;
    expect(waiting.held.size).toBe(0);
    expect(waiting.known).toBe(12);
  });

  it('holds a bounded number of events', () => {
    const many = hear(states.LEVEL, entries(12, 5_000), remembered).position;
    expect(many.held.size).toBe(256);
    expect(many.known).toBe(5_000);
  });
});

const numbers = (list: readonly Entry[]): number[] => list.map(({ position }) => position);
