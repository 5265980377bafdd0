/** Who does not take what it is sent: when its sender waits, when it goes on, and when it is given up. */

/** Bytes unsent from which on a reader's operations wait with their next results, and below which they go on. */
export const slowReader = 64 * 1024;
export const caughtUp = 16 * 1024;
/** Bytes unsent that no reader may cost. */
export const mostUnsent = 1024 * 1024;

export type Lag = {
  /** Resolves when the reader has caught up, or is gone. */
  caughtUp(): Promise<void>;
  isBehind(): boolean;
  /** To be called whenever something was taken. */
  taken(): void;
  /** Lets whoever waits go on: the reader is gone. */
  end(): void;
};

/** `onStall` is called once a reader that fell behind has not caught up within `stall` milliseconds. */
export function createLag(options: { unsent: () => number; stall: number; onStall: () => void }): Lag {
  const { unsent, stall, onStall } = options;
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
    const going = waiting;
    waiting = [];
    for (const go of going) go();
  }

  return {
    caughtUp() {
      timer ??= setTimeout(onStall, stall);
      return new Promise((resolve) => waiting.push(resolve));
    },
    isBehind: () => timer !== undefined,
    taken() {
      if (timer && unsent() < caughtUp) end();
    },
    end,
  };
}
