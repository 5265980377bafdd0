/** Tells all processes what was committed: one message for each topic of a batch, with the events and their numbers. */

import type { Entry } from '../domain/events.ts';
import type { Appended } from '../domain/history.ts';
import { orderTopic } from '../domain/topics.ts';
import type { PubSub } from './pubsub.ts';

/** Call it after the commit. Nothing waits for it, and nothing depends on it arriving. */
export function createRing(pubsub: PubSub): (appended: Appended) => void {
  return ({ source, entries, snapshots }) => {
    const heads = headsOfOrders(entries);
    for (const [topic, ofTopic] of Map.groupBy(entries, (entry) => entry.topic)) {
      const sorted = ofTopic.toSorted((a, b) => a.position - b.position);
      const orderIds = [...new Set(sorted.map(({ orderId }) => orderId ?? ''))];
      const along = snapshots && { snapshots: only(orderIds, snapshots), rungAt: Date.now() };
      const message: Appended = { source, entries: sorted, heads: only(orderIds.map(orderTopic), heads), ...along };
      pubsub.publish(topic, message);
    }
  };
}

/** The numbers of the last events of orders' own topics, by topic. */
function headsOfOrders(entries: readonly Entry[]): Record<string, number> {
  const heads: Record<string, number> = {};
  for (const { topic, orderId, position } of entries) {
    if (orderId !== null && topic === orderTopic(orderId)) heads[topic] = Math.max(heads[topic] ?? 0, position);
  }
  return heads;
}

const only = <Value>(keys: string[], of: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(keys.flatMap((key) => (key in of ? [[key, of[key] as Value]] : [])));

/** What a message says was appended; null if it is not one of ours, which then counts as lost. */
export function appendedIn(message: unknown, topic: string): Appended | null {
  const { source, entries, snapshots = {}, heads = {} } = (message ?? {}) as Partial<Record<keyof Appended, unknown>>;
  const isOurs =
    typeof source === 'string' &&
    Array.isArray(entries) &&
    entries.every((one) => isEntryOf(one, topic)) &&
    isObject(snapshots) &&
    isObject(heads);
  return isOurs ? (message as Appended) : null;
}

const isObject = (one: unknown): one is object => typeof one === 'object' && one !== null;

function isEntryOf(one: unknown, topic: string): boolean {
  if (!isObject(one)) return false;
  const { topic: named, position, tag, id } = one as Partial<Record<keyof Entry, unknown>>;
  const numbered = Number.isSafeInteger(position) && (position as number) > 0;
  return named === topic && numbered && typeof tag === 'string' && typeof id === 'string';
}
