/** Tells all processes what was committed: one message for each topic of a batch, with the events and their numbers. */

import type { Entry } from '../domain/events.ts';
import type { Appended } from '../domain/history.ts';
import type { PubSub } from './pubsub.ts';

/** Call it after the commit. Nothing waits for it, and nothing depends on it arriving. */
export function createRing(pubsub: PubSub): (appended: Appended) => void {
  return ({ source, entries, snapshots }) => {
    for (const [topic, ofTopic] of Map.groupBy(entries, (entry) => entry.topic)) {
      const sorted = ofTopic.toSorted((a, b) => a.position - b.position);
      const along = snapshots && { snapshots: ofOrders(snapshots, sorted), rungAt: Date.now() };
      const message: Appended = { source, entries: sorted, ...along };
      pubsub.publish(topic, message);
    }
  };
}

function ofOrders(snapshots: Record<string, unknown>, entries: readonly Entry[]): Record<string, unknown> {
  const ids = new Set(entries.map(({ orderId }) => orderId ?? ''));
  return Object.fromEntries([...ids].flatMap((id) => (id in snapshots ? [[id, snapshots[id]]] : [])));
}

/** What a message says was appended; null if it is not one of ours, which then counts as lost. */
export function appendedIn(message: unknown, topic: string): Appended | null {
  const { source, entries, snapshots = {} } = (message ?? {}) as Partial<Record<keyof Appended, unknown>>;
  const isOurs =
    typeof source === 'string' &&
    Array.isArray(entries) &&
    entries.every((one) => isEntryOf(one, topic)) &&
    typeof snapshots === 'object' &&
    snapshots !== null;
  return isOurs ? (message as Appended) : null;
}

function isEntryOf(one: unknown, topic: string): boolean {
  if (typeof one !== 'object' || one === null) return false;
  const { topic: named, position, tag, id } = one as Partial<Record<keyof Entry, unknown>>;
  const numbered = Number.isSafeInteger(position) && (position as number) > 0;
  return named === topic && numbered && typeof tag === 'string' && typeof id === 'string';
}
