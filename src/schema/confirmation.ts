/** Confirmations: the customer chooses a bid, its vendor accepts or declines. */

import { mayKnowBidder } from '../auth/policy.ts';
import type { confirmationAnswers } from '../domain/confirmation.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { decodeId } from './ids.ts';
import { addMutation, idempotencyKey } from './mutation.ts';
import { Bid, Confirmation } from './refs.ts';
import { BidNotActive, BidRevised, ConfirmationPending, NoConfirmationPending, OrderEnded } from './refusals.ts';

export const ConfirmationAnswer = builder.enumType('ConfirmationAnswer', {
  description: 'How a confirmation ended.',
  values: {
    ACCEPTED: { description: 'By the vendor: the deal stands.' },
    DECLINED: { description: 'By the vendor.' },
    LAPSED: { description: 'The time passed.' },
  } satisfies Record<(typeof confirmationAnswers)[number], object>,
});

Confirmation.implement({
  description: "The customer chose a bid and waits for its vendor's answer.",
  fields: (t) => ({
    revision: t.exposeInt('revision', { description: 'The revision that was confirmed.' }),
    acceptBy: t.expose('acceptBy', { type: 'DateTime', description: 'Without an answer until then it lapses.' }),
    answer: t.expose('answer', {
      type: ConfirmationAnswer,
      nullable: true,
      description: 'Null while it waits, and where its order was cancelled meanwhile.',
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why the vendor declined.' }),
  }),
});

builder.objectField(Bid, 'confirmation', (t) =>
  t.field({
    type: Confirmation,
    nullable: true,
    description: 'The latest of this bid. Null without one, and for the other vendors.',
    resolve: (bid, _, context) =>
      mayKnowBidder(bid, bid, viewerOf(context)) ? context.load.confirmation(bid.id) : null,
  }),
);

const ConfirmBidInput = builder.inputType('ConfirmBidInput', {
  description: 'Which bid, as the customer saw it.',
  fields: (t) => ({
    bidId: t.id({ required: true, description: 'A bid on an order of the viewer, else NOT_FOUND.' }),
    revision: t.int({ required: true, description: 'What the customer saw; a newer one refuses.' }),
    acceptBy: t.field({ type: 'DateTime', required: false, description: 'In the future. Unset: in 24 hours.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'confirmBid',
  description:
    'For its customer, while the order is OPEN or CLOSED: chooses an ACTIVE bid; its vendor is told at once. ' +
    'Judged in this order: OrderEnded, ConfirmationPending, BidNotActive, BidRevised.',
  input: ConfirmBidInput,
  about: 'bid',
  refusals: [OrderEnded, ConfirmationPending, BidNotActive, BidRevised],
  decode: (input) => ({ ...input, bidId: decodeId('Bid', input.bidId) }),
});

const AcceptConfirmationInput = builder.inputType('AcceptConfirmationInput', {
  description: 'Which bid.',
  fields: (t) => ({
    bidId: t.id({ required: true, description: "A bid of the viewer's own that was confirmed." }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'acceptConfirmation',
  description: 'For the vendor of a confirmed bid: the deal stands; the other bids in the running are LOST.',
  input: AcceptConfirmationInput,
  about: 'bid',
  refusals: [NoConfirmationPending],
  decode: (input) => ({ ...input, bidId: decodeId('Bid', input.bidId) }),
});

const DeclineConfirmationInput = builder.inputType('DeclineConfirmationInput', {
  description: 'Which bid, and why.',
  fields: (t) => ({
    bidId: t.id({ required: true, description: "A bid of the viewer's own that was confirmed." }),
    reason: t.string({ required: false, description: 'For the customer only. 2,000 characters at most.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

addMutation({
  name: 'declineConfirmation',
  description:
    'For the vendor of a confirmed bid: the order is OPEN or CLOSED again, by closesAt; the bid is DECLINED, the others stand.',
  input: DeclineConfirmationInput,
  about: 'bid',
  refusals: [NoConfirmationPending],
  decode: (input) => ({ ...input, bidId: decodeId('Bid', input.bidId) }),
});
