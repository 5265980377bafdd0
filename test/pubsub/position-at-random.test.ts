import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/domain/events.ts';
import type { Page } from '../../src/domain/history.ts';
import {
  doubt,
  hear,
  impatient,
  opened,
  pageRead,
  readFailed,
  type Step,
  told,
  unopened,
} from '../../src/pubsub/position.ts';
import { entry, pageOf, tagOf } from './entries.ts';

const limit = 3;

/** A database, rings on their way, and one topic's position; `hand` keeps what was handed on since it last began. */
function createWorld(startAt: number) {
  let history = 0;
  const log: Entry[] = Array.from({ length: startAt }, (_, index) => entry(index + 1, 'h0-'));
  const rings: Entry[][] = [];
  let position = unopened;
  let handed: Entry[] = [];
  let began = 0;
  let timer = false;
  /** The page on its way: read at once, or only when it arrives. */
  let reading: (() => Page) | null = null;
  const head = () => ({ head: log.length, tag: log.at(-1)?.tag ?? '0' });
  const remembered = (number: number): string | undefined => handed.find((one) => one.position === number)?.tag;

  function take(step: Step, early = false): void {
    position = step.position;
    handed.push(...step.hand);
    if (step.act !== null || position.state === 'LEVEL') timer = false;
    if (step.act === 'wait' || step.act === 'rest') timer = true;
    if (step.act === 'read') {
      const page = pageOf(log, position.asked.from.position, limit);
      reading = early ? () => page : () => pageOf(log, position.asked.from.position, limit);
    }
    if (step.act === 'begin') open();
  }

  function open(): void {
    handed = [];
    began += 1;
    take(opened(position, head()));
  }
  open();

  return {
    commit(count: number) {
      const batch = Array.from({ length: count }, (_, index) => entry(log.length + 1 + index, `h${history}-`));
      log.push(...batch);
      rings.push(batch);
    },
    /** Rings arrive in any order; with `keep` they will come again. */
    ring(which: number, keep: boolean, early: boolean) {
      const batch = rings[which % Math.max(1, rings.length)];
      if (!batch) return;
      if (!keep) rings.splice(rings.indexOf(batch), 1);
      take(hear(position, batch, remembered), early);
    },
    lose: (which: number) => void rings.splice(which % Math.max(1, rings.length), 1),
    tick(early: boolean) {
      if (timer) take(impatient(position), early);
    },
    answer(early: boolean) {
      const page = reading;
      reading = null;
      if (page) take(pageRead(position, page(), limit, remembered), early);
    },
    fail() {
      if (reading) take(readFailed(position));
      if (timer) reading = null;
    },
    sweep: (early: boolean) => take(told(position, head(), remembered), early),
    restore(back: number) {
      history += 1;
      log.length = Math.max(0, log.length - back);
    },
    /** What the hub does after a restore: it compares, and takes a page where anything differs. */
    compare() {
      if (position.at.position !== log.length || position.at.tag !== head().tag) take(doubt(position));
    },
    settle() {
      for (let turn = 0; turn < 1_000 && (reading || timer); turn++) {
        this.answer(false);
        this.tick(false);
      }
    },
    state: () => ({ position, handed, head: head(), began }),
  };
}

type World = ReturnType<typeof createWorld>;
const early = fc.boolean();
const number = fc.nat(20);
const trouble: fc.Arbitrary<(world: World) => void>[] = [
  fc.integer({ min: 1, max: 5 }).map((count) => (world) => world.commit(count)),
  fc.tuple(number, fc.boolean(), early).map((given) => (world) => world.ring(...given)),
  fc.tuple(number, fc.boolean(), early).map((given) => (world) => world.ring(...given)),
  number.map((which) => (world) => world.lose(which)),
  early.map((given) => (world) => world.tick(given)),
  early.map((given) => (world) => world.answer(given)),
  fc.constant((world) => world.fail()),
  early.map((given) => (world) => world.sweep(given)),
];
const restore = fc.integer({ min: 1, max: 6 }).map((back) => (world: World) => world.restore(back));

const isRun = (handed: readonly Entry[]): boolean =>
  handed.every((one, index) => index === 0 || one.position === (handed[index - 1]?.position ?? 0) + 1);

describe('the position of a topic, whatever happens to its rings', () => {
  it('hands on every number once and in order', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.oneof(...trouble), { maxLength: 120 }), (startAt, steps) => {
        const world = createWorld(startAt);
        for (const step of steps) step(world);
        world.sweep(false);
        world.settle();
        const { position, handed, head, began } = world.state();
        expect(position).toMatchObject({ state: 'LEVEL', at: { position: head.head, tag: head.tag } });
        expect(handed.map((one) => one.tag)).toEqual(
          Array.from({ length: head.head - startAt }, (_, index) => tagOf(startAt + 1 + index, 'h0-')),
        );
        expect(began).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends in the history that the database tells, though it was restored and numbers were given out again', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.oneof(...trouble, restore), { maxLength: 120 }), (startAt, steps) => {
        const world = createWorld(startAt);
        for (const step of steps) {
          step(world);
          expect(isRun(world.state().handed)).toBe(true);
        }
        world.settle();
        world.compare();
        world.sweep(false);
        world.settle();
        const { position, head } = world.state();
        expect(position).toMatchObject({ state: 'LEVEL', at: { position: head.head, tag: head.tag } });
      }),
      { numRuns: 2_000 },
    );
  });
});
