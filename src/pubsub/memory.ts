/** Carries rings within one process: for one machine with nothing installed, where nothing is lost on the way. */

import { deepFreeze } from './freeze.ts';
import type { PubSub } from './pubsub.ts';

type Listener = (message: unknown) => void;

/** Behaves as the one over Redis does: messages are copies, frozen, and arrive in a later turn. */
export function createMemoryPubSub(): PubSub {
  const channels = new Map<string, Set<Listener>>();

  async function subscribe(channel: string, onMessage: Listener): Promise<() => void> {
    // One channel may be subscribed to with the same function twice.
    const listener: Listener = (message) => onMessage(message);
    const listeners = channels.get(channel) ?? new Set();
    channels.set(channel, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
    };
  }

  function publish(channel: string, message: unknown): void {
    if (!channels.has(channel)) return;
    const text = JSON.stringify(message);
    setImmediate(() => {
      const copy: unknown = deepFreeze(JSON.parse(text));
      for (const listener of channels.get(channel) ?? []) listener(copy);
    });
  }

  return { subscribe, publish, isUp: () => true, close: async () => channels.clear() };
}
