/** Alarms of thousands of sockets: a timer of its own has only the one whose moment is near. */

import { alarm } from './alarm.ts';

export type Alarms = {
  /** Calls `expire` at the moment, once. */
  set(one: Expiring): void;
  callOff(one: Expiring): void;
};

export type Expiring = {
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  expire(): void;
};

/** `span`: milliseconds whose alarms are looked at together. */
export function createAlarms(span = 60_000): Alarms {
  /** By the span in which their moment is. */
  const far = new Map<number, Set<Expiring>>();
  const near = new Map<Expiring, () => void>();

  const spanOf = (time: number): number => Math.floor(time / span);
  const isNear = (moment: number): boolean => spanOf(moment) <= spanOf(Date.now()) + 1;

  function arm(one: Expiring): void {
    const callOff = alarm(one.expiresAt, () => {
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
      for (const one of those) arm(one);
    }
    restIfIdle();
  }

  function restIfIdle(): void {
    if (far.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  return {
    set(one) {
      if (isNear(one.expiresAt)) return arm(one);
      const nth = spanOf(one.expiresAt);
      const those = far.get(nth) ?? new Set<Expiring>();
      far.set(nth, those.add(one));
      looking ??= setInterval(look, span / 2).unref();
    },
    callOff(one) {
      near.get(one)?.();
      near.delete(one);
      const nth = spanOf(one.expiresAt);
      const those = far.get(nth);
      if (those?.delete(one) && those.size === 0) far.delete(nth);
      restIfIdle();
    },
  };
}
