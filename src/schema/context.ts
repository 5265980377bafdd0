/** What resolvers get handed: who asks, what there is to ask, and what was read already. */

import type { Viewer } from '../auth/viewer.ts';
import type { Commands } from '../commands/commands.ts';
import type { Database } from '../db/connection.ts';
import type { Hub } from '../pubsub/hub.ts';
import type { Presence } from '../pubsub/presence.ts';
import { unauthenticated } from './errors.ts';
import { createLoaders, type Loaders } from './loaders.ts';

export type Services = { db: Database; commands: Commands; hub: Hub; presence: Presence };

export type Context = {
  readonly viewer: Viewer | null;
  services: Services;
  load: Loaders;
  /** For the same viewer with nothing read yet: rows and rights change between two events. */
  fresh(): Context;
};

export function createContext(services: Services, viewer: Viewer | null): Context {
  const vendorId = viewer?.role === 'VENDOR' ? viewer.id : null;
  return {
    viewer,
    services,
    load: createLoaders(services.db, vendorId),
    fresh: () => createContext(services, viewer),
  };
}

/** Who asks, where nobody may ask without a token. */
export function viewerOf(context: Context): Viewer {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}
