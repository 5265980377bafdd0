/** A customer cancels an order, any time before a deal stands. */

import { z } from 'zod';
import { cancelOrder as decide } from '../domain/ordering.ts';
import type { Command } from './command.ts';
import { onOwnOrder } from './found.ts';
import { id, idempotencyKey, reason } from './inputs.ts';

const input = z.object({ orderId: id, reason, idempotencyKey });

export const cancelOrder: Command<z.infer<typeof input>> = {
  mutation: 'cancelOrder',
  input,
  reads: ({ orderId }) => ({ orders: [orderId], running: true }),
  decide: (found, request, viewer, now) =>
    onOwnOrder(found, request.orderId, viewer, (book) => decide(book, request.reason, now)),
};
