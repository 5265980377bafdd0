/** The port to whatever carries rings between processes. Nothing waits for it and nothing depends on it arriving. */

export type PubSub = {
  /**
   * Hands on every message of one channel until the answered function is called. Resolves once the broker has
   * acknowledged; while it is away that takes until it is back.
   */
  subscribe(channel: string, onMessage: (message: unknown) => void): Promise<() => void>;
  /** Sends a JSON value to a channel. Returns at once and never throws: a message that cannot be sent is dropped. */
  publish(channel: string, message: unknown): void;
  /** Whether messages can be expected to arrive at the moment. */
  isUp(): boolean;
  close(): Promise<void>;
};
