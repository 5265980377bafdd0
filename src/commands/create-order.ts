/** A customer posts an order. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createOrder as decide } from '../domain/ordering.ts';
import { visibilities } from '../domain/standing.ts';
import type { Command } from './command.ts';
import { idempotencyKey, moment, optional, text } from './inputs.ts';

const input = z.object({
  externalId: optional(text(255, 1)),
  title: text(200, 1),
  description: text(20_000).default(''),
  currency: z.string(),
  visibility: z.enum(visibilities).default('RANK'),
  closesAt: optional(moment),
  idempotencyKey,
});

export const createOrder: Command<z.infer<typeof input>> = {
  mutation: 'createOrder',
  input,
  reads: () => ({}),
  decide: (_, order, viewer, now) =>
    decide(
      {
        id: randomUUID(),
        customerId: viewer.id,
        externalId: order.externalId,
        title: order.title,
        description: order.description,
        currency: order.currency,
        visibility: order.visibility,
        closesAt: order.closesAt,
        createdAt: now,
      },
      now,
    ),
};
