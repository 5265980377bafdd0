/**
 * Keeps a copy of the host application's orders: it learns of each when it is opened, and follows it to its end.
 *
 * The line is the client's: it comes back after any break, with waits by chance, and goes on after the last cursor. What is
 * kept here is where to go on after this program itself has ended, at whatever moment.
 */

import type { CombinedError } from '@urql/core';
import type { HaggleClient } from '../../client/urql/client.ts';
import type { ResultOf } from '../../client/urql/graphql.ts';
import { Order, OrderOpened, Orders, OrderUpdated } from './documents.ts';
import { isLost, read } from './reading.ts';
import type { Mirrored, Store } from './store.ts';

type Known = ResultOf<typeof OrderOpened>['orderOpened']['order'];

/** Nothing happens to these any more. */
const ended = new Set(['ACCEPTED', 'CANCELLED', 'EXPIRED']);

/** So many events are known again, should the server send one twice. */
const remembered = 1_000;

export type Mirror = {
  /** Rejects when it cannot go on: somebody has to mend something. */
  failed: Promise<never>;
};

/** `tell` hears of what is saved already. */
export function startMirror(client: HaggleClient, store: Store, tell: (what: string) => void): Mirror {
  const { state, save } = store;
  const failed = Promise.withResolvers<never>();
  /** Whatever fails in the background ends the program, for whoever started it to start it again. */
  const run = (task: Promise<unknown>): void => void task.catch(failed.reject);

  const saveAndTell = (what: string): void => run(save().then(() => tell(what)));

  function isNew(eventId: string): boolean {
    if (state.seen.includes(eventId)) return false;
    state.seen.push(eventId);
    if (state.seen.length > remembered) state.seen.shift();
    return true;
  }

  /** Orders without an externalId are none of the host application's. */
  function keep(order: Known, cursor: string): Mirrored | null {
    const { id, externalId, title, currency, status, closesAt, customer } = order;
    if (externalId === null) return null;
    const kept = { externalId, customer: customer.externalId, title, currency, status, closesAt, cursor };
    state.orders[id] = kept;
    return kept;
  }

  /** A new one, which is followed from where it was read. */
  function add(order: Known): Mirrored | null {
    if (state.orders[order.id]) return null;
    const kept = keep(order, order.cursor);
    if (kept) followOrder(order.id, kept);
    return kept;
  }

  function followOpened(): void {
    client.subscription(OrderOpened, { after: state.cursor }).subscribe(({ data, error }) => {
      if (error) return lost(error, readAll);
      if (!data) return;
      const { id, cursor, order } = data.orderOpened;
      state.cursor = cursor;
      const kept = isNew(id) ? add(order) : null;
      if (kept) saveAndTell(`${kept.externalId} is ${kept.status}: ${kept.title}`);
      else run(save());
    });
  }

  function followOrder(orderId: string, { cursor, status }: Mirrored): void {
    if (ended.has(status)) return;
    const following = client.subscription(OrderUpdated, { orderId, after: cursor }).subscribe(({ data, error }) => {
      if (error) return lost(error, () => readOne(orderId));
      if (!data) return;
      const event = data.orderUpdated;
      const kept = keep(event.order, event.cursor);
      if (kept) saveAndTell(`${kept.externalId} is ${kept.status}`);
      if (ended.has(event.order.status)) queueMicrotask(() => following.unsubscribe());
    });
  }

  function lost(error: CombinedError, readAnew: () => Promise<void>): void {
    if (isLost(error)) run(readAnew());
    else failed.reject(error);
  }

  async function readOne(orderId: string): Promise<void> {
    const { order } = await read(client, Order, { id: orderId });
    const kept = order && keep(order, order.cursor);
    if (!kept) {
      delete state.orders[orderId];
      return run(save());
    }
    followOrder(orderId, kept);
    saveAndTell(`${kept.externalId} is ${kept.status}`);
  }

  /** The cursor is of the first page, and was read before it: what is opened meanwhile comes after it. */
  async function readAll(): Promise<void> {
    let start: string | null = null;
    let found = 0;
    for (let after: string | null = null, more = true; more; ) {
      const { orders }: ResultOf<typeof Orders> = await read(client, Orders, { after });
      if (!orders) throw new Error('The token is not one of a service.');
      start ??= orders.cursor;
      for (const { node } of orders.edges) if (add(node)) found += 1;
      after = orders.pageInfo.endCursor;
      more = orders.pageInfo.hasNextPage;
    }
    state.cursor = start;
    saveAndTell(`read anew: ${found} of which nothing was known`);
    followOpened();
  }

  for (const [id, order] of Object.entries(state.orders)) followOrder(id, order);
  if (state.cursor === null) run(readAll());
  else followOpened();
  return { failed: failed.promise };
}
