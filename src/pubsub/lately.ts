/** A map that forgets: for what is of use only for a moment. */

export type Lately<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  close(): void;
};

/** Keeps each value for so many milliseconds at least, and at most for twice as many. */
export function createLately<Value>(keepFor: number): Lately<Value> {
  let [young, old] = [new Map<string, Value>(), new Map<string, Value>()];
  let timer: NodeJS.Timeout | undefined;

  function age(): void {
    [young, old] = [new Map(), young];
    timer = old.size > 0 ? setTimeout(age, keepFor).unref() : undefined;
  }

  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      young.set(key, value);
      timer ??= setTimeout(age, keepFor).unref();
    },
    close: () => clearTimeout(timer),
  };
}
