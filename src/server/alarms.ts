/** Alarms of thousands of sockets: a timer of its own has only the one whose moment is near. */

import { alarm } from './alarm.ts';

export type Alarms = {
  /** Calls `expire` at the moment, once; in milliseconds since 1970. */
  set(one: Expiring, moment: number): void;
  callOff(one: Expiring, moment: number): void;
};

export type Expiring = { expire(): void };

/** `span`: milliseconds whose alarms are looked at together. */
export function createAlarms(span = 60_000): Alarms {
  /** By the span in which their moment is. */
  const far = new Map<number, Map<Expiring, number>>();
  const near = new Map<Expiring, () => void>();

  const spanOf = (time: number): number => Math.floor(time / span);
  const isNear = (moment: number): boolean => spanOf(moment) <= spanOf(Date.now()) + 1;

  function arm(one: Expiring, moment: number): void {
    const callOff = alarm(moment, () => {
      near.delete(one);
      one.expire();
    });
    near.set(one, callOff);
  }

  let looking: NodeJS.Timeout | undefined;

  function look(): void {
    for (const [nth, those] of far) {
      if (nth > spanOf(Date.now()) + 1) continue;
      far.delete(nth);
      for (const [one, moment] of those) arm(one, moment);
    }
    restIfIdle();
  }

  function restIfIdle(): void {
    if (far.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  return {
    set(one, moment) {
      if (isNear(moment)) return arm(one, moment);
      const nth = spanOf(moment);
      const those = far.get(nth) ?? new Map<Expiring, number>();
      far.set(nth, those.set(one, moment));
      looking ??= setInterval(look, span / 2).unref();
    },
    callOff(one, moment) {
      near.get(one)?.();
      near.delete(one);
      const nth = spanOf(moment);
      const those = far.get(nth);
      if (those?.delete(one) && those.size === 0) far.delete(nth);
      restIfIdle();
    },
  };
}
