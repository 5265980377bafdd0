/** All that somebody can do, and what the clock does, wired to the batch that decides and saves together. */

import type { Viewer } from '../auth/viewer.ts';
import type { Client } from '../db/statement.ts';
import type { About, AboutNotification, AboutNotifications, AboutOrder, AboutUser } from '../domain/book.ts';
import type { Entry } from '../domain/events.ts';
import { acceptConfirmation, declineConfirmation } from './answer-confirmation.ts';
import { createBatcher } from './batcher.ts';
import { cancelOrder } from './cancel-order.ts';
import { type Command, type Mutation, type Outcome, taskOf } from './command.ts';
import { confirmBid } from './confirm-bid.ts';
import { createOrder } from './create-order.ts';
import { createTimekeeper, type KeepTime } from './keep-time.ts';
import { type MarkNotificationsRead, markNotificationsRead } from './mark-notifications-read.ts';
import { notify, notifyAll } from './notify.ts';
import { placeBid } from './place-bid.ts';
import { requestNegotiation } from './request-negotiation.ts';
import { revokeSessions } from './revoke-sessions.ts';
import { withdrawBid } from './withdraw-bid.ts';

/** Takes the mutation's input with its ids decoded; answers what it was about, or why it was refused. */
export type Do<A extends About = AboutOrder> = (viewer: Viewer, input: unknown) => Promise<Outcome<A>>;

export type Commands = Record<Exclude<Mutation, 'revokeSessions' | 'notify' | 'notifyAll'>, Do> & {
  revokeSessions: Do<AboutUser>;
  keepTime: KeepTime;
  notify: Do<AboutNotification>;
  notifyAll: Do<AboutNotifications>;
  markNotificationsRead: MarkNotificationsRead;
  /** Resolves when every command that was taken has been answered. */
  idle: () => Promise<void>;
};

export type { Outcome } from './command.ts';

/** `ring` is told of the events of each commit, with their numbers. `confirmWithin` is in milliseconds. */
export function createCommands(deps: {
  db: { $client: Client };
  ring: (entries: Entry[]) => void;
  confirmWithin: number;
}): Commands {
  const { ring, confirmWithin } = deps;
  const client = deps.db.$client;
  const batcher = createBatcher({ client, ring, confirmWithin });
  const run =
    <Input extends { idempotencyKey: string | null }, A extends About>(command: Command<Input, A>): Do<A> =>
    async (viewer, input) => {
      const made = taskOf(command, viewer, input);
      // A repeat answers what its key was kept with, which is of the same mutation.
      return 'task' in made ? (batcher.submit(made.task) as Promise<Outcome<A>>) : made;
    };
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
    keepTime: createTimekeeper({ client, ring, confirmWithin }),
    notify: run(notify),
    notifyAll: run(notifyAll),
    markNotificationsRead: markNotificationsRead(deps.db),
    idle: batcher.idle,
  };
}
