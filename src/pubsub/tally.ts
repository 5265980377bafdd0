/** What a process counts of what it tells. */

/** What was done for all readers of a process so far. */
export type Tally = {
  /** Executions for an event. */
  answers: number;
  /** Events handed to subscribers' readers. */
  deliveries: number;
  /** Pages of history read. */
  pages: number;
};
