/** What an outside program asks: one document for each mutation and each subscription, and how it reads the answers. */

import { type Answer, ask, type Data, type Person, type Where } from './outside.ts';

export const mutationNames = [
  'createOrder',
  'cancelOrder',
  'placeBid',
  'withdrawBid',
  'requestNegotiation',
  'confirmBid',
  'acceptConfirmation',
  'declineConfirmation',
  'revokeSessions',
  'notify',
  'notifyAll',
  'markNotificationsRead',
] as const;
export type MutationName = (typeof mutationNames)[number];

export const subscriptionNames = [
  'bidPlaced',
  'bidWithdrawn',
  'negotiationRequested',
  'bidConfirmed',
  'confirmationAnswered',
  'orderOpened',
  'orderUpdated',
] as const;
export type SubscriptionName = (typeof subscriptionNames)[number];

const typeOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const bid = '{ id status revision amount { amount currency } }';
const order = '{ id status cursor }';
const notification = '{ id cursor action data read createdAt order { id } bid { id } }';
const payloads: Record<MutationName, string> = {
  createOrder: `order ${order}`,
  cancelOrder: `order ${order}`,
  placeBid: `order ${order} bid ${bid}`,
  withdrawBid: `order ${order} bid ${bid}`,
  requestNegotiation: `order ${order} negotiation { id round }`,
  confirmBid: `order ${order} bid ${bid}`,
  acceptConfirmation: `order ${order} bid ${bid}`,
  declineConfirmation: `order ${order} bid ${bid}`,
  revokeSessions: 'user { id name }',
  notify: `online notification ${notification}`,
  notifyAll: `results { __typename ... on NotifyPayload { online notification ${notification} } ... on Refusal { code } }`,
  markNotificationsRead: 'unreadNotifications',
};
/** What each refusal carries, for the unions that have it. */
const carried: [string, string, MutationName[]][] = [
  ['OrderNotOpen', `order ${order}`, ['placeBid']],
  ['BidNotLower', 'highest { amount currency }', ['placeBid']],
  ['OrderEnded', `order ${order}`, ['cancelOrder', 'requestNegotiation', 'confirmBid']],
  ['NoActiveBids', `order ${order}`, ['requestNegotiation']],
  ['BidNotActive', `bid ${bid}`, ['withdrawBid', 'confirmBid']],
  ['BidRevised', `bid ${bid}`, ['confirmBid']],
  ['ConfirmationPending', `bid ${bid}`, ['requestNegotiation', 'confirmBid']],
  ['NoConfirmationPending', `bid ${bid}`, ['acceptConfirmation', 'declineConfirmation']],
  ['InvalidInput', 'issues { path message }', [...mutationNames]],
];

export function mutation(name: MutationName): string {
  const refusals = carried
    .filter(([, , names]) => names.includes(name))
    .map(([type, fields]) => `... on ${type} { ${fields} }`);
  return `mutation ($input: ${typeOf(name)}Input!) { ${name}(input: $input) {
    __typename ... on ${typeOf(name)}Payload { ${payloads[name]} } ... on Refusal { code message } ${refusals.join(' ')} } }`;
}

const told: Record<SubscriptionName, string> = {
  bidPlaced: `bid ${bid} revision amount { amount }`,
  bidWithdrawn: `bid ${bid} reason`,
  negotiationRequested: 'negotiation { id round message }',
  bidConfirmed: `bid ${bid} revision acceptBy`,
  confirmationAnswered: `bid ${bid} accepted answer reason`,
  orderOpened: '',
  orderUpdated: 'status closesAt reason',
};

/** With the variables `orderId` (but for orderOpened) and `after`. */
export function subscription(name: SubscriptionName): string {
  const [declared, args] = name === 'orderOpened' ? ['', ''] : ['$orderId: ID, ', 'orderId: $orderId, '];
  return `subscription (${declared}$after: Cursor) { ${name}(${args}after: $after) {
    __typename id cursor occurredAt order { id title } ${told[name]} } }`;
}

/** Of the viewer, newest first. */
export const notifications = `query ($first: Int, $after: String) { unreadNotifications
  notifications(first: $first, after: $after) { cursor edges { cursor node ${notification} } pageInfo { endCursor } } }`;

/** With the variable `after`. */
export const notificationReceived = `subscription ($after: Cursor) {
  notificationReceived(after: $after) { id cursor occurredAt notification ${notification} } }`;

/** The one event of a subscription's answer. */
export const eventOf = ({ data }: Answer): Data => Object.values(data as Record<string, Data>)[0];

/** What came of it: `done`, the code of its refusal, or the code of its error. */
export function outcome({ data, errors }: Answer): string {
  if (errors) return [...new Set(errors.map(({ extensions }) => extensions.code))].join();
  const [result] = Object.values(data as Record<string, Data>);
  return result?.__typename.endsWith('Payload') ? 'done' : result?.code;
}

/** Does it, and fails where it is refused. Answers the payload. */
export async function perform(where: Where, who: Person, name: MutationName, input: object): Promise<Data> {
  const answer = await ask(where, who, mutation(name), { input });
  if (outcome(answer) !== 'done') throw new Error(`${name} was refused: ${JSON.stringify(answer)}`);
  return answer.data[name];
}

/** Asks, and fails on any error. */
export async function read(where: Where, who: Person | null, query: string, variables = {}): Promise<Data> {
  const { data, errors } = await ask(where, who, query, variables);
  if (errors) throw new Error(`Refused: ${JSON.stringify(errors)}`);
  return data;
}

export type Visibility = 'SEALED' | 'RANK' | 'OPEN';

export async function postOrder(where: Where, customer: Person, more: object = {}): Promise<string> {
  return (await perform(where, customer, 'createOrder', { title: 'Chairs', currency: 'INR', ...more })).order.id;
}

export async function placeBid(where: Where, vendor: Person, orderId: string, amount: string): Promise<Data> {
  return (await perform(where, vendor, 'placeBid', { orderId, amount })).bid;
}

/** The cursor to go on after in an order's stream, or without an order in the viewer's own. */
export async function cursorOf(where: Where, who: Person, orderId?: string): Promise<string> {
  if (orderId === undefined) return (await read(where, who, '{ orders { cursor } }')).orders.cursor;
  return (await read(where, who, 'query ($id: ID!) { order(id: $id) { cursor } }', { id: orderId })).order.cursor;
}
