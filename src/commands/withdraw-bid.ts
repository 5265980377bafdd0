/** A vendor withdraws its bid while it is active. */

import { z } from 'zod';
import { withdrawBid as decide } from '../domain/bidding.ts';
import type { Command } from './command.ts';
import { onOwnBid } from './found.ts';
import { id, idempotencyKey, reason } from './inputs.ts';

const input = z.object({ bidId: id, reason, idempotencyKey });

export const withdrawBid: Command<z.infer<typeof input>> = {
  mutation: 'withdrawBid',
  input,
  reads: ({ bidId }) => ({ bids: [bidId] }),
  decide: (found, request, viewer, now) =>
    onOwnBid(found, request.bidId, viewer, (book, bid) => decide(book, bid, request.reason, now)),
};
