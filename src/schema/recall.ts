/** Telling what a commit left, which came along with its answer or its events, instead of reading it again. */

import { type Snapshot, snapshotForm } from '../commands/snapshots.ts';
import type { Entry } from '../domain/events.ts';
import { orderTopic, vendorsTopic } from '../domain/topics.ts';
import type { Hub } from '../pubsub/hub.ts';
import { type Asked, asksForCursor } from './asks-for-cursor.ts';
import type { Context, Services } from './context.ts';

/** What came along with events, in their order; of an order nothing from before an event that came without. */
export function snapshotsOf(entries: readonly Entry[], { hub }: Services): Snapshot[] {
  const ofOrder = new Map<string | null, Set<Snapshot>>();
  for (const entry of entries) {
    const snapshot = hub.snapshotOf(entry) as Snapshot | undefined;
    if (snapshot) ofOrder.set(entry.orderId, (ofOrder.get(entry.orderId) ?? new Set()).add(snapshot));
    else ofOrder.delete(entry.orderId);
  }
  return ofOrder
    .values()
    .flatMap((snapshots) => snapshots)
    .toArray();
}

/**
 * Of several snapshots of an order the last counts, and none where more is known to have happened since. `asked` is what the
 * answer is made of; without it a cursor may be asked for.
 */
export function recall(
  { services, load }: Pick<Context, 'services' | 'load'>,
  snapshots: Iterable<Snapshot>,
  asked?: Asked,
): void {
  // An order's cursor has, for a vendor, the place of its own topic, and no snapshot tells where that stood.
  if (load.isOfVendor && (!asked || asksForCursor(asked))) return;
  for (const snapshot of snapshots) {
    // Of another version of the program, which runs beside this one while it is replaced, it may lack what is asked for.
    if (snapshot.form === snapshotForm && !isOld(snapshot, services.hub)) load.prime(snapshot);
  }
}

function isOld({ order: { id, status, closesAt }, heads }: Snapshot, hub: Hub): boolean {
  // From its deadline on an order reads as CLOSED, before anybody has written that down.
  const hasPassed = status === 'OPEN' && closesAt !== null && Date.parse(closesAt) <= Date.now();
  const vendorsHaveMore = heads.vendors !== null && hub.hasMore(vendorsTopic(id), heads.vendors);
  return hasPassed || vendorsHaveMore || hub.hasMore(orderTopic(id), heads.order);
}
