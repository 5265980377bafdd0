/** What can be done on the market. Each act answers what has to be heard of it by the rules, or throws the refusal. */

import type { AnyVariables, DocumentInput } from '@urql/core';
import * as documents from '../../client/urql/documents.ts';
import type { Person } from './cast.ts';
import type { Happening, Kind, PlayedBid, PlayedOrder } from './happenings.ts';
import { money } from './screen.ts';
import { whatOf } from './windows.ts';

/** The server's expected "no", with what it says to a person. */
export class Refused extends Error {
  readonly code: string;
  readonly more: { highest?: { amount: string; currency: string }; issues?: { path: string[]; message: string }[] };
  constructor({ code, message, ...more }: { code: string; message: string }) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

type Answer<T> = T extends { code: string; message: string } ? never : T;

/** Sends one mutation, and answers its payload and when it set out. */
async function send<Data, Variables extends AnyVariables, Field extends keyof Data>(
  person: Person,
  document: DocumentInput<Data, Variables>,
  variables: Variables,
  field: Field,
): Promise<{ payload: Answer<NonNullable<Data[Field]>>; startedAt: number }> {
  const startedAt = performance.now();
  const { data, error } = await person.client.mutation<Data, Variables>(document, variables).toPromise();
  const answer = data?.[field];
  if (error || !answer) throw new Error(`${person.name}: ${String(field)} failed`, { cause: error });
  if (typeof answer === 'object' && 'code' in answer) throw new Refused(answer as never);
  return { payload: answer as Answer<NonNullable<Data[Field]>>, startedAt };
}

function happening(
  kind: Kind,
  order: PlayedOrder,
  startedAt: number,
  parts: (string | number)[],
  vendors: Person[] = [],
): Happening {
  return {
    kind,
    order,
    startedAt,
    vendors,
    what: whatOf(order.id, ...parts),
    told: `${kind} ${parts.join(' ')} of “${order.title}”`,
  };
}

/** A bid that must be there, since an act before placed it. */
function bidOf(vendor: Person, order: PlayedOrder): PlayedBid {
  const bid = order.bids.get(vendor);
  if (!bid) throw new Error(`${vendor.name} has no bid on “${order.title}”.`);
  return bid;
}

export async function createOrder(
  customer: Person,
  {
    title,
    description,
    currency,
    visibility,
  }: Pick<PlayedOrder, 'title' | 'currency' | 'visibility'> & { description: string },
): Promise<{ order: PlayedOrder; happenings: Happening[] }> {
  const input = { title, description, currency, visibility };
  const { payload, startedAt } = await send(customer, documents.CreateOrder, { input }, 'createOrder');
  const order: PlayedOrder = { id: payload.order.id, title, customer, visibility, currency, bids: new Map() };
  return { order, happenings: [happening('orderOpened', order, startedAt, [])] };
}

export async function placeBid(
  vendor: Person,
  order: PlayedOrder,
  amount: string,
  negotiationId: string | null = null,
) {
  const input = { orderId: order.id, amount, negotiationId };
  const { payload, startedAt } = await send(vendor, documents.PlaceBid, { input }, 'placeBid');
  const { id, revision, amount: placed } = payload.bid;
  order.bids.set(vendor, { id, revision, amount: placed.amount, active: true });
  return [happening('bidPlaced', order, startedAt, [id, revision, placed.amount], [vendor])];
}

export async function withdrawBid(vendor: Person, order: PlayedOrder, reason: string) {
  const bid = bidOf(vendor, order);
  const { startedAt } = await send(vendor, documents.WithdrawBid, { input: { bidId: bid.id, reason } }, 'withdrawBid');
  bid.active = false;
  return [happening('bidWithdrawn', order, startedAt, [bid.id], [vendor])];
}

export async function requestNegotiation(order: PlayedOrder, targetAmount: string, message: string) {
  const asked = [...order.bids].filter(([, { active }]) => active).map(([vendor]) => vendor);
  const input = { orderId: order.id, targetAmount, message };
  const { payload, startedAt } = await send(
    order.customer,
    documents.RequestNegotiation,
    { input },
    'requestNegotiation',
  );
  const { id } = payload.negotiation;
  return { asked, negotiationId: id, happenings: [happening('negotiationRequested', order, startedAt, [id], asked)] };
}

export async function confirmBid(order: PlayedOrder, vendor: Person) {
  const { id: bidId, revision } = bidOf(vendor, order);
  const { startedAt } = await send(order.customer, documents.ConfirmBid, { input: { bidId, revision } }, 'confirmBid');
  return [
    happening('bidConfirmed', order, startedAt, [bidId, revision], [vendor]),
    happening('orderUpdated', order, startedAt, ['CONFIRMED']),
  ];
}

export async function acceptConfirmation(vendor: Person, order: PlayedOrder) {
  const { id: bidId } = bidOf(vendor, order);
  const { startedAt } = await send(vendor, documents.AcceptConfirmation, { input: { bidId } }, 'acceptConfirmation');
  return [
    happening('confirmationAnswered', order, startedAt, [bidId, 'ACCEPTED'], [vendor]),
    happening('orderUpdated', order, startedAt, ['ACCEPTED']),
  ];
}

export async function declineConfirmation(vendor: Person, order: PlayedOrder, reason: string) {
  const bid = bidOf(vendor, order);
  const input = { bidId: bid.id, reason };
  const { startedAt } = await send(vendor, documents.DeclineConfirmation, { input }, 'declineConfirmation');
  bid.active = false;
  return [
    happening('confirmationAnswered', order, startedAt, [bid.id, 'DECLINED'], [vendor]),
    happening('orderUpdated', order, startedAt, ['OPEN']),
  ];
}

export async function cancelOrder(order: PlayedOrder, reason: string) {
  const { startedAt } = await send(
    order.customer,
    documents.CancelOrder,
    { input: { orderId: order.id, reason } },
    'cancelOrder',
  );
  return [happening('orderUpdated', order, startedAt, ['CANCELLED'])];
}

/** What a vendor may know of how it stands, in words. */
export async function standingOf(vendor: Person, order: PlayedOrder): Promise<string> {
  const { data, error } = await vendor.client.query(
    documents.Order,
    { id: order.id },
    { requestPolicy: 'network-only' },
  );
  const standing = data?.order?.standing;
  if (error || !standing) throw new Error(`${vendor.name} has no standing on “${order.title}”.`, { cause: error });
  const { rank, bidders, best, mine } = standing;
  if (rank === null) return `knows only its own ${mine ? money(mine) : 'bid'}`;
  return `stands ${rank} of ${bidders}${best ? `, the best is ${money(best)}` : ', and does not learn the others’ prices'}`;
}
