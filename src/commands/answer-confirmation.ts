/** The vendor of a confirmed bid accepts the deal, or declines it. */

import { z } from 'zod';
import * as rules from '../domain/confirming.ts';
import type { Command } from './command.ts';
import { onOwnBid } from './found.ts';
import { id, idempotencyKey, reason } from './inputs.ts';

const accepting = z.object({ bidId: id, idempotencyKey });
const declining = z.object({ bidId: id, reason, idempotencyKey });

export const acceptConfirmation: Command<z.infer<typeof accepting>> = {
  mutation: 'acceptConfirmation',
  input: accepting,
  reads: ({ bidId }) => ({ bids: [bidId], running: true }),
  decide: (found, { bidId }, viewer, now) =>
    onOwnBid(found, bidId, viewer, (book, bid) => rules.acceptConfirmation(book, bid, now)),
};

export const declineConfirmation: Command<z.infer<typeof declining>> = {
  mutation: 'declineConfirmation',
  input: declining,
  reads: ({ bidId }) => ({ bids: [bidId] }),
  decide: (found, { bidId, reason: why }, viewer, now) =>
    onOwnBid(found, bidId, viewer, (book, bid) =>
      rules.declineConfirmation(book, bid, { reason: why, confirmWithin: found.confirmWithin }, now),
    ),
};
