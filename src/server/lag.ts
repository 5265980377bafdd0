/** Who does not take what it is sent: when its sender waits, when it goes on, and when it is given up. */

/** Bytes unsent from which on a reader's operations wait with their next results, and below which they go on. */
export const slowReader = 64 * 1024;
const caughtUpBelow = 16 * 1024;
/** Bytes unsent that no reader may cost. */
export const mostUnsent = 1024 * 1024;

export type Reader = {
  unsent(): number;
  /** It fell behind and has not caught up in time. */
  giveUp(): void;
};

export class Lag {
  readonly #reader: Reader;
  readonly #stall: number;
  #waiting: (() => void)[] | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** It may be behind for `stall` milliseconds. */
  constructor(reader: Reader, stall: number) {
    this.#reader = reader;
    this.#stall = stall;
  }

  /** Resolves when the reader has caught up, or is gone. */
  caughtUp(): Promise<void> {
    this.#timer ??= setTimeout(() => this.#reader.giveUp(), this.#stall);
    this.#waiting ??= [];
    const waiting = this.#waiting;
    return new Promise((resolve) => waiting.push(resolve));
  }

  isBehind(): boolean {
    return this.#timer !== undefined;
  }

  /** To be called whenever something was taken. */
  taken(): void {
    if (this.#timer && this.#reader.unsent() < caughtUpBelow) this.end();
  }

  /** Lets whoever waits go on: the reader is gone. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const going = this.#waiting ?? [];
    this.#waiting = null;
    for (const go of going) go();
  }
}
