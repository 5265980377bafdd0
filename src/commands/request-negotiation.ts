/** A customer asks all active bidders of an order at once to go lower. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { requestNegotiation as decide } from '../domain/negotiating.ts';
import type { Command } from './command.ts';
import { onOwnOrder } from './found.ts';
import { decimal, id, idempotencyKey, moment, optional, text } from './inputs.ts';

const input = z.object({
  orderId: id,
  bidId: optional(id),
  targetAmount: optional(decimal),
  message: text(2000).default(''),
  respondBy: optional(moment),
  idempotencyKey,
});

export const requestNegotiation: Command<z.infer<typeof input>> = {
  mutation: 'requestNegotiation',
  input,
  reads: ({ orderId, bidId }) => ({ orders: [orderId], bids: bidId ? [bidId] : [], running: true }),
  decide: (found, { orderId, bidId, targetAmount, message, respondBy }, viewer, now) =>
    onOwnOrder(found, orderId, viewer, (book) =>
      decide(book, { message, targetAmount, respondBy, promptedBy: bidId, fresh: { id: randomUUID() } }, now),
    ),
};
