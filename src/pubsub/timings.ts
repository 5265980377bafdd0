/** How long the hub waits for what, in milliseconds. */

export type Timings = {
  /** Between a jump in the numbers and reading what is missing: rings of two processes cross. */
  patience: number;
  /** How long joining waits for the broker's acknowledgement. */
  acknowledge: number;
  /** How long to go on listening to a topic after its last member left. */
  linger: number;
  /** After a read or a sweep that failed. */
  rest: number;
  /** From the end of one sweep to the next. */
  sweepEvery: number;
  /** From when on a read counts as failed. */
  longestRead: number;
};

export const usualTimings: Timings = {
  patience: 20,
  acknowledge: 50,
  linger: 2_000,
  rest: 250,
  sweepEvery: 500,
  longestRead: 5_000,
};
