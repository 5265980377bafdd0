/** What resolvers get handed: who asks, what there is to ask, and what was read already. */

import type { Asking, Role, Viewer } from '../auth/viewer.ts';
import type { Commands } from '../commands/commands.ts';
import { type Snapshot, snapshotForm } from '../commands/snapshots.ts';
import type { Database } from '../db/connection.ts';
import type { Entry } from '../domain/events.ts';
import { orderTopic, vendorsTopic } from '../domain/topics.ts';
import type { Hub } from '../pubsub/hub.ts';
import type { Presence } from '../pubsub/presence.ts';
import { unauthenticated } from './errors.ts';
import { createLoaders, type Loaders } from './loaders.ts';

export type Services = { db: Database; commands: Commands; hub: Hub; presence: Presence };

export type Context = {
  readonly viewer: (Viewer & Asking) | null;
  services: Services;
  /** Made at its first use. */
  readonly load: Loaders;
  /** Lets go of what was read: a subscription's first context lives as long as it does, and is only used at its start. */
  rest(): void;
};

/** Fresh for each request and for what is handed on in one turn: rows and rights change from one event to the next. */
export const createContext = (services: Services, viewer: Viewer | null): Context =>
  new ViewersContext(services, viewer);

/** Each subscription keeps one. */
class ViewersContext implements Context {
  readonly viewer: Viewer | null;
  readonly services: Services;
  #load: Loaders | undefined;

  constructor(services: Services, viewer: Viewer | null) {
    this.services = services;
    this.viewer = viewer;
  }

  get load(): Loaders {
    const { services, viewer } = this;
    this.#load ??= createLoaders(services.db, viewer?.role === 'VENDOR' ? viewer.id : null, services.hub.learn);
    return this.#load;
  }

  rest(): void {
    this.#load = undefined;
  }
}

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
 * What a commit left is not read again, as long as nothing is known to have happened since. The last of an order counts.
 * Not for a vendor who asks for the order's cursor: where its own topic stood is not in a snapshot.
 */
export function recall({ services, load }: Pick<Context, 'services' | 'load'>, snapshots: Iterable<Snapshot>): void {
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

/** Somebody asked who the viewer is, where the answer is for many. */
export class ViewerAsked extends Error {
  override readonly name = 'ViewerAsked';
}

/**
 * For all of one role at once: it has no viewer. Whoever asks who that is gets ViewerAsked thrown, and `wasAsked` says so
 * even if that was caught: what was made of it holds for nobody. `isNot`: whom it is not for.
 */
export function createSharedContext(
  base: Pick<Context, 'services' | 'load'>,
  role: Role,
  isNot: ReadonlySet<string>,
): { context: Context; wasAsked(): boolean } {
  let asked = false;
  const nobody = new Proxy({ role, isNot } as Viewer & Asking, {
    get(known, name) {
      if (Object.hasOwn(known, name)) return Reflect.get(known, name) as unknown;
      asked = true;
      throw new ViewerAsked('This answer is for many: it must not depend on who asks.');
    },
    ownKeys() {
      asked = true;
      throw new ViewerAsked('This answer is for many: it must not depend on who asks.');
    },
  });
  return { context: { ...base, viewer: nobody, rest: () => {} }, wasAsked: () => asked };
}

/** Who asks, where nobody may ask without a token. */
export function viewerOf(context: Context): Viewer & Asking {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}
