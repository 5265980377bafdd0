/** Many are waited for, each for the same time: who has waited longest comes first, so that one timer is enough. */

export type Waiting<One> = {
  add(one: One): void;
  /** It has come, or gone. */
  remove(one: One): void;
};

/** `onLate` is called for each that was not removed within `time` milliseconds. */
export function createWaiting<One>(time: number, onLate: (one: One) => void): Waiting<One> {
  const since = new Map<One, number>();
  let timer: NodeJS.Timeout | undefined;

  const lookIn = (milliseconds: number): void => {
    timer = setTimeout(look, milliseconds).unref();
  };

  function look(): void {
    timer = undefined;
    for (const [one, began] of since) {
      const left = began + time - performance.now();
      if (left > 0) return lookIn(left);
      since.delete(one);
      onLate(one);
    }
  }

  return {
    add(one) {
      since.set(one, performance.now());
      if (!timer) lookIn(time);
    },
    remove: (one) => void since.delete(one),
  };
}
