/** Those who may take only so long for something, all equally long: so one timer does for all of them. */

export type Waiting<One> = {
  /** Calls `onLate` for it after `patience` milliseconds. */
  add(one: One): void;
  /** It waits no longer, if it did. */
  remove(one: One): void;
};

export function createWaiting<One>(patience: number, onLate: (one: One) => void): Waiting<One> {
  /** Since when; the first came first. */
  const since = new Map<One, number>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    timer = undefined;
    const now = performance.now();
    for (const [one, came] of since) {
      const left = came + patience - now;
      if (left > 0) {
        timer = setTimeout(look, left);
        break;
      }
      since.delete(one);
      onLate(one);
    }
  }

  return {
    add(one) {
      since.set(one, performance.now());
      timer ??= setTimeout(look, patience);
    },
    remove(one) {
      if (!since.delete(one) || since.size > 0) return;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
