/** All that somebody can do, and what the clock does, wired to the batch that decides and saves together. */

import type { Viewer } from '../auth/viewer.ts';
import type { Pool } from '../db/statement.ts';
import type {
  About,
  AboutDelivery,
  AboutNotification,
  AboutNotifications,
  AboutOrder,
  AboutUser,
} from '../domain/book.ts';
import { acceptConfirmation, declineConfirmation } from './answer-confirmation.ts';
import { createBatcher, type Decided, type Ring } from './batcher.ts';
import { cancelOrder } from './cancel-order.ts';
import { type Command, type Mutation, type Outcome, taskOf } from './command.ts';
import { confirmBid } from './confirm-bid.ts';
import { createOrder } from './create-order.ts';
import { createTimekeeper, type KeepTime } from './keep-time.ts';
import { type MarkNotificationsRead, markNotificationsRead } from './mark-notifications-read.ts';
import { notify, notifyAll } from './notify.ts';
import { placeBid } from './place-bid.ts';
import { requestNegotiation } from './request-negotiation.ts';
import { retryDelivery } from './retry-delivery.ts';
import { revokeSessions } from './revoke-sessions.ts';
import { setContact } from './set-contact.ts';
import { setPreferences } from './set-preferences.ts';
import { performSolo, type Solo } from './solo.ts';
import { withdrawBid } from './withdraw-bid.ts';

/** Takes the mutation's input with its ids decoded; answers what it was about, or why it was refused. */
export type Do<A extends About = AboutOrder> = (viewer: Viewer, input: unknown) => Promise<Outcome<A>>;

type OfNoOrder = 'revokeSessions' | 'notify' | 'notifyAll' | 'setPreferences' | 'setContact' | 'retryDelivery';

export type Commands = Record<Exclude<Mutation, OfNoOrder>, Do> & {
  revokeSessions: Do<AboutUser>;
  keepTime: KeepTime;
  notify: Do<AboutNotification>;
  notifyAll: Do<AboutNotifications>;
  markNotificationsRead: MarkNotificationsRead;
  setPreferences: Do<AboutUser>;
  setContact: Do<AboutUser>;
  retryDelivery: Do<AboutDelivery>;
  /** Resolves when every command that was taken has been answered. */
  idle: () => Promise<void>;
  decided: () => Decided;
};

export type { Outcome } from './command.ts';

/** Without `fallbackAfter` nobody looks after those who are away. */
export function createCommands(deps: {
  db: { $client: Pool };
  ring: Ring;
  confirmWithin: number;
  fallbackAfter?: number | null;
}): Commands {
  const { ring, confirmWithin, fallbackAfter = null } = deps;
  const pool = deps.db.$client;
  const delays = { confirmWithin, fallbackAfter };
  const batcher = createBatcher({ pool, ring, delays });
  const run =
    <Input extends { idempotencyKey: string | null }, A extends About>(command: Command<Input, A>): Do<A> =>
    async (viewer, input) => {
      const made = taskOf(command, viewer, input);
      // A repeat answers what its key was kept with, which is of the same mutation.
      return 'task' in made ? (batcher.submit(made.task) as Promise<Outcome<A>>) : made;
    };
  const runSolo =
    <Input, A extends About>(command: Solo<Input, A>): Do<A> =>
    (viewer, input) =>
      performSolo(command, { pool, viewer }, input);
  return {
    createOrder: run(createOrder),
    cancelOrder: run(cancelOrder),
    placeBid: run(placeBid),
    withdrawBid: run(withdrawBid),
    requestNegotiation: run(requestNegotiation),
    confirmBid: run(confirmBid),
    acceptConfirmation: run(acceptConfirmation),
    declineConfirmation: run(declineConfirmation),
    revokeSessions: run(revokeSessions),
    notify: run(notify),
    notifyAll: run(notifyAll),
    markNotificationsRead: markNotificationsRead(deps.db),
    keepTime: createTimekeeper({ pool, ring, delays }),
    setPreferences: runSolo(setPreferences),
    setContact: runSolo(setContact),
    retryDelivery: runSolo(retryDelivery),
    idle: batcher.idle,
    decided: batcher.decided,
  };
}
