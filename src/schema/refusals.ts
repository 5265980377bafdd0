/** Every expected "no" as a type: a stable code, a message, and what a screen needs to go on. */

import type { ObjectFieldBuilder } from '@pothos/core';
import type { Refusal as AnyRefusal, RefusalCode } from '../domain/refusals.ts';
import { builder } from './builder.ts';
import { found } from './found.ts';
import { Money } from './money.ts';
import { Bid, Delivery, Order } from './refs.ts';

/** Those that are members of unions; the others are errors. */
export type Told = Exclude<AnyRefusal, { code: 'NOT_FOUND' | 'FORBIDDEN' }>;
type ToldCode = Exclude<RefusalCode, 'NOT_FOUND' | 'FORBIDDEN'>;
type Of<Code extends ToldCode> = Extract<Told, { code: Code }>;

const kinds = {
  INVALID_INPUT: { type: 'InvalidInput', message: 'The input is against a rule.' },
  IDEMPOTENCY_KEY_REUSED: {
    type: 'IdempotencyKeyReused',
    message: 'This idempotency key was used with another input.',
  },
  ORDER_NOT_OPEN: { type: 'OrderNotOpen', message: 'The order does not take bids now.' },
  ORDER_ENDED: { type: 'OrderEnded', message: 'The order has ended.' },
  NO_ACTIVE_BIDS: { type: 'NoActiveBids', message: 'There is no active bid to negotiate.' },
  BID_NOT_LOWER: { type: 'BidNotLower', message: "A revision must be lower than the bid's last amount." },
  BID_NOT_ACTIVE: { type: 'BidNotActive', message: 'The bid is not active.' },
  BID_REVISED: { type: 'BidRevised', message: 'The bid has been revised since.' },
  CONFIRMATION_PENDING: { type: 'ConfirmationPending', message: "A confirmed bid waits for its vendor's answer." },
  NO_CONFIRMATION_PENDING: {
    type: 'NoConfirmationPending',
    message: 'No confirmation of this bid waits for an answer.',
  },
  DELIVERY_NOT_FAILED: { type: 'DeliveryNotFailed', message: 'The delivery has not failed.' },
} as const satisfies Record<ToldCode, { type: string; message: string }>;

/** The name of the type that tells of a refusal. */
export const refusalType = ({ code }: Told): string => kinds[code].type;

const Refusal = builder.interfaceRef<Told>('Refusal').implement({
  description: 'Why a mutation changed nothing. Each carries what a screen needs to go on.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: "The type's name in capitals: BID_NOT_LOWER for BidNotLower. It stays.",
    }),
    message: t.string({
      description: 'For people, in English. It may change.',
      resolve: ({ code }) => kinds[code].message,
    }),
  }),
});

type Fields<Code extends ToldCode> = ObjectFieldBuilder<typeof builder.$inferSchemaTypes, Of<Code>>;

const refusal = <Code extends ToldCode>(code: Code, description: string, fields?: (t: Fields<Code>) => object) =>
  builder.objectRef<Of<Code>>(kinds[code].type).implement({
    description,
    interfaces: [Refusal],
    fields: (t) => (fields?.(t as never) ?? {}) as never,
  });

const aboutOrder = (code: 'ORDER_NOT_OPEN' | 'ORDER_ENDED' | 'NO_ACTIVE_BIDS', description: string) =>
  refusal(code, description, (t) => ({
    order: t.field({
      type: Order,
      description: 'The order as it is now.',
      resolve: ({ orderId }, _, { load }) => found(load.order(orderId)),
    }),
  }));

type BidCode = 'BID_NOT_ACTIVE' | 'BID_REVISED' | 'CONFIRMATION_PENDING' | 'NO_CONFIRMATION_PENDING';

const aboutBid = (code: BidCode, description: string, which = 'The bid as it is now.') =>
  refusal(code, description, (t) => ({
    bid: t.field({ type: Bid, description: which, resolve: ({ bidId }, _, { load }) => found(load.bid(bidId)) }),
  }));

export const OrderNotOpen = aboutOrder('ORDER_NOT_OPEN', 'The order takes no bids, or none from this vendor any more.');
export const OrderEnded = aboutOrder('ORDER_ENDED', 'The order is ACCEPTED, CANCELLED or EXPIRED.');
export const NoActiveBids = aboutOrder('NO_ACTIVE_BIDS', 'Nobody could answer a round of negotiation.');

export const BidNotActive = aboutBid(
  'BID_NOT_ACTIVE',
  'The bid is not ACTIVE, or its order does not let go of it now.',
);
export const BidRevised = aboutBid('BID_REVISED', 'The bid is not what the customer saw any more.');
export const ConfirmationPending = aboutBid(
  'CONFIRMATION_PENDING',
  'The order is CONFIRMED: first that vendor answers.',
  'The bid that waits for its vendor.',
);
export const NoConfirmationPending = aboutBid(
  'NO_CONFIRMATION_PENDING',
  'It was never confirmed, or that has been answered, has lapsed, or ended with the order.',
);

export const BidNotLower = refusal(
  'BID_NOT_LOWER',
  'A revision has to be lower than the last amount while ACTIVE.',
  (t) => ({
    highest: t.field({
      type: Money,
      description: 'What would be taken at most.',
      resolve: ({ highest, currency }) => ({ amount: highest, currency }),
    }),
  }),
);

export const DeliveryNotFailed = refusal('DELIVERY_NOT_FAILED', 'It is on its way, or has arrived.', (t) => ({
  delivery: t.field({
    type: Delivery,
    description: 'The delivery as it is now.',
    resolve: ({ deliveryId }, _, { load }) => found(load.delivery(deliveryId)),
  }),
}));

export const IdempotencyKeyReused = refusal(
  'IDEMPOTENCY_KEY_REUSED',
  'The viewer has used this key for the same mutation with another input within 24 hours.',
);

const InputIssue = builder.objectRef<Of<'INVALID_INPUT'>['issues'][number]>('InputIssue').implement({
  description: 'One thing that is against a rule.',
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Where, within `input`: names of fields.' }),
    message: t.exposeString('message', { description: 'What the rule is, for people, in English.' }),
  }),
});

export const InvalidInput = refusal('INVALID_INPUT', 'Well-formed, but against a rule.', (t) => ({
  issues: t.field({ type: [InputIssue], description: 'All that was found.', resolve: ({ issues }) => issues }),
}));

/** A refusal that only some mutations answer. */
export type RefusalRef = typeof OrderEnded | typeof BidNotActive | typeof BidNotLower | typeof DeliveryNotFailed;
