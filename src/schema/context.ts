/** What resolvers get handed: who asks, what there is to ask, and what was read already. */

import type { Asking, Role, Viewer } from '../auth/viewer.ts';
import type { Commands } from '../commands/commands.ts';
import type { Database } from '../db/connection.ts';
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
