/** What a topic hears from the other processes: when to count on it, and its end. */

import type { PubSub } from './pubsub.ts';

export type Upstream = {
  /** Fulfilled once rings are expected to arrive, or the sweep has to serve. */
  readonly listening: Promise<void>;
  close(): void;
};

/**
 * Waits for the acknowledgement, `patience` milliseconds at most. If it comes later, something may have fallen between, and
 * `onLate` is called; where that fails, the sweep finds it.
 */
export function openUpstream(options: {
  pubsub: PubSub;
  topic: string;
  patience: number;
  onMessage: (message: unknown) => void;
  onLate: () => Promise<void>;
}): Upstream {
  const { pubsub, topic, patience, onMessage, onLate } = options;
  const subscribed = pubsub.subscribe(topic, onMessage);
  let isLate = false;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    isLate = true;
    resolve();
  }, patience).unref();
  const acknowledged = subscribed.then(async () => {
    clearTimeout(timer);
    if (isLate) await onLate();
  });
  return {
    listening: Promise.race([acknowledged.catch(() => over), over]),
    close: () => void subscribed.then((unsubscribe) => unsubscribe(), ignore),
  };
}

const ignore = (): void => {};
