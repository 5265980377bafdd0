/** A market to test with: users, orders and bids through the commands themselves, in a fluent way. */

import { randomUUID } from 'node:crypto';
import type { Role, Viewer } from '../../src/auth/viewer.ts';
import { type Commands, createCommands, type Outcome } from '../../src/commands/commands.ts';
import type { Database } from '../../src/db/connection.ts';
import { users } from '../../src/db/tables.ts';
import type { About } from '../../src/domain/book.ts';
import type { Entry } from '../../src/domain/events.ts';
import type { Appended } from '../../src/domain/history.ts';
import type { BidVisibility } from '../../src/domain/standing.ts';

export type Market = {
  db: Database;
  commands: Commands;
  /** Everything that was rung, in the order of ringing. */
  rung: Entry[];
  customer: (name?: string) => Promise<Viewer>;
  vendor: (name?: string) => Promise<Viewer>;
  vendors: (count: number) => Promise<Viewer[]>;
  user: (role: Role, name?: string) => Promise<Viewer>;
  order: (
    customer: Viewer,
    options?: { visibility?: BidVisibility; closesAt?: Date; currency?: string },
  ) => Promise<string>;
  bid: (vendor: Viewer, orderId: string, amount: string) => Promise<string>;
};

/**
 * `ring` gets each commit's events besides `rung`. Another process is another market on the same database. Delays are in
 * milliseconds; without `fallbackAfter` nobody looks after those who are away.
 */
export function createMarket(
  db: Database,
  ring: (appended: Appended) => void = () => {},
  confirmWithin = 7 * 24 * 3_600_000,
  fallbackAfter: number | null = null,
): Market {
  const rung: Entry[] = [];
  const commands = createCommands({
    db,
    confirmWithin,
    fallbackAfter,
    ring: (appended) => {
      rung.push(...appended.entries);
      ring(appended);
    },
  });

  const user: Market['user'] = async (role, name = role.toLowerCase()) => {
    const id = randomUUID();
    const externalId = `${name} ${id}`;
    await db.insert(users).values({ id, externalId, name, role });
    return { id, externalId, name, role, issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 };
  };

  return {
    db,
    commands,
    rung,
    user,
    customer: (name) => user('CUSTOMER', name),
    vendor: (name) => user('VENDOR', name),
    vendors: (count) => Promise.all(Array.from({ length: count }, (_, nth) => user('VENDOR', `vendor ${nth}`))),
    order: async (customer, { visibility = 'RANK', closesAt, currency = 'INR' } = {}) =>
      done(await commands.createOrder(customer, { title: 'Chairs', currency, visibility, closesAt })).orderId,
    bid: async (vendor, orderId, amount) => {
      const { bidId } = done(await commands.placeBid(vendor, { orderId, amount }));
      if (bidId === undefined) throw new Error('A bid that was placed has no id.');
      return bidId;
    },
  };
}

/** What a command did; a refusal fails the test. */
export function done<A extends About>(outcome: Outcome<A>): A {
  if ('refused' in outcome) throw new Error(`Refused: ${JSON.stringify(outcome.refused)}`);
  return outcome.done;
}

/** The code of a refusal, or "done". */
export const codeOf = (outcome: Outcome): string => ('refused' in outcome ? outcome.refused.code : 'done');
