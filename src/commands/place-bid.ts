/** A vendor bids on an order, or revises its bid. */

import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { placeBid as decide } from '../domain/bidding.ts';
import type { Command } from './command.ts';
import { onMarketOrder } from './found.ts';
import { decimal, id, idempotencyKey, optional, text } from './inputs.ts';

const input = z.object({
  orderId: id,
  amount: decimal,
  note: optional(text(2000)),
  negotiationId: optional(id),
  idempotencyKey,
});

export const placeBid: Command<z.infer<typeof input>> = {
  mutation: 'placeBid',
  input,
  reads: ({ orderId }, viewer) => ({ orders: [orderId], bidders: [{ orderId, vendorId: viewer.id }] }),
  decide: (found, { orderId, amount, note, negotiationId }, viewer, now) =>
    onMarketOrder(found, orderId, viewer, (book) =>
      decide(
        book,
        { vendorId: viewer.id, amount, note, negotiationId, fresh: { id: randomUUID(), alias: randomAlias() } },
        now,
      ),
    ),
};

/** Without 0, O, 1, I and L, which look alike. */
const letters = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/**
 * Random, since a counted name would tell how many bid. One in 900 million: that two bidders of an order get the same is
 * refused by the database, and the bid decided again.
 */
const randomAlias = (): string =>
  `Bidder ${Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('')}`;
