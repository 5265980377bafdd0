/** A customer chooses a bid; its vendor is to accept or decline. */

import { z } from 'zod';
import { confirmBid as decide } from '../domain/confirming.ts';
import type { Command } from './command.ts';
import { onReceivedBid } from './found.ts';
import { id, idempotencyKey, moment, optional } from './inputs.ts';

const input = z.object({
  bidId: id,
  revision: z.int().min(1, 'must be at least 1'),
  acceptBy: optional(moment),
  idempotencyKey,
});

export const confirmBid: Command<z.infer<typeof input>> = {
  mutation: 'confirmBid',
  input,
  reads: ({ bidId }) => ({ bids: [bidId] }),
  decide: (found, { bidId, revision, acceptBy }, viewer, now) =>
    onReceivedBid(found, bidId, viewer, (book, bid) => decide(book, bid, { revision, acceptBy }, now)),
};
