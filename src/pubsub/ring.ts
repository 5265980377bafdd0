/** Tells all processes what was committed: one message for each topic of a batch, with the events and their numbers. */

import type { Entry } from '../domain/events.ts';
import type { PubSub } from './pubsub.ts';

/** Call it after the commit. Nothing waits for it, and nothing depends on it arriving. */
export function createRing(pubsub: PubSub): (entries: readonly Entry[]) => void {
  return (entries) => {
    for (const [topic, ofTopic] of Map.groupBy(entries, (entry) => entry.topic)) {
      pubsub.publish(
        topic,
        ofTopic.toSorted((a, b) => a.position - b.position),
      );
    }
  };
}

/** The events of a message; none if it is not one of ours, which then counts as lost. */
export function entriesOf(message: unknown, topic: string): readonly Entry[] {
  return Array.isArray(message) && message.every((one) => isEntryOf(one, topic)) ? (message as Entry[]) : [];
}

function isEntryOf(one: unknown, topic: string): boolean {
  if (typeof one !== 'object' || one === null) return false;
  const { topic: named, position, tag, id } = one as Partial<Record<keyof Entry, unknown>>;
  const numbered = Number.isSafeInteger(position) && (position as number) > 0;
  return named === topic && numbered && typeof tag === 'string' && typeof id === 'string';
}
