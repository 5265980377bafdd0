/** The port to who is here: which users have a socket or a stream open, on any process. */

export type Presence = {
  /** A socket or stream of a user has opened. */
  enter(userId: string): void;
  /** It has closed: to be called once for each that has entered. */
  leave(userId: string): void;
  /** Those of the users that have one open now. While the others cannot be asked: those that have one here. */
  online(userIds: readonly string[]): Promise<Set<string>>;
  /**
   * Whether the user had one open at each of these times in the past, by the clock of the process that it was open on.
   * False where that is not known: longer ago than `memory`, or while the others cannot be asked.
   */
  wasOnline(userId: string, moments: readonly Date[]): Promise<boolean[]>;
  close(): Promise<void>;
};

/** Milliseconds. */
export type PresenceTimings = {
  /** How often each process tells anew who is with it. */
  heartbeat: number;
  /** How long after its last heartbeat a process that says nothing counts as gone, and its users with it. */
  lapse: number;
  /** How long at least it is remembered who was here. */
  memory: number;
  /** How long an answer of the others is waited for. */
  patience: number;
};

/** A process that was killed is gone within 20 seconds; one that was busy for ten is not taken for dead. */
export const presenceTimings: PresenceTimings = {
  heartbeat: 5_000,
  lapse: 20_000,
  memory: 15 * 60_000,
  patience: 1_000,
};
