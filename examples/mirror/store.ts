/** What the mirror knows, in one file: orders and cursors are written together, so that no kill comes between them. */

import { open, readFile, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** An order of the host application's, as it was at `cursor` of its own stream. */
export type Mirrored = {
  /** In the host application. Whoever posts an order names it: `customer` is whose it really is. */
  externalId: string;
  customer: string | null;
  title: string;
  currency: string;
  status: string;
  closesAt: string | null;
  cursor: string;
};

export type State = {
  /** Where the stream of opened orders goes on; null: nothing was read yet. */
  cursor: string | null;
  /** The last events that were taken. */
  seen: string[];
  /** By the API's id. */
  orders: Record<string, Mirrored>;
};

export type Store = {
  state: State;
  /** Resolves once the state as it is now, or a later one, would survive a power cut. */
  save(): Promise<void>;
};

export async function openStore(path: string): Promise<Store> {
  const file = resolve(path);
  const state = await read(file);
  let last: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;
  return {
    state,
    save() {
      // What comes while a write is under way is written together by the next one.
      waiting ??= last.then(() => {
        waiting = null;
        return replace(file, JSON.stringify(state, null, 2));
      });
      last = waiting;
      return waiting;
    },
  };
}

async function read(file: string): Promise<State> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { cursor: null, seen: [], orders: {} };
  }
}

/** Whoever reads it finds all of the old or all of the new: it is written aside and takes the old one's place. */
async function replace(file: string, text: string): Promise<void> {
  const aside = `${file}.new`;
  await synced(aside, 'w', (handle) => handle.writeFile(text));
  await rename(aside, file);
  // The folder has to know the new name as well.
  await synced(dirname(file), 'r', async () => {});
}

async function synced(
  path: string,
  flags: string,
  act: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await act(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
