/** The event that all deliver: what Haggle tells of a bid, and the same for peers that have no orders and no bids. */

import { randomBytes, randomUUID } from 'node:crypto';

/** What subscribers ask Haggle for. */
export const document =
  'subscription ($orderId: ID!, $after: Cursor) { bidPlaced(orderId: $orderId, after: $after) { ' +
  'id cursor occurredAt revision amount { amount currency } order { id } bid { id alias } } }';

/** What a vendor follows of its own, about as long. */
export const notificationDocument =
  'subscription { notificationReceived { id cursor occurredAt notification { id action data createdAt } } }';

/** The same as of an order, of a peer's schema. */
export const peerDocument = document.replace(', $after: Cursor', '').replace(', after: $after', '');

/** The schema of peers that speak GraphQL. */
export const typeDefs = /* GraphQL */ `
  type Query { hello: String! }
  type Subscription { bidPlaced(orderId: ID!): BidPlaced! }
  type BidPlaced { id: ID! cursor: String! occurredAt: String! revision: Int! amount: Money! order: Order! bid: Bid! }
  type Money { amount: String! currency: String! }
  type Order { id: ID! }
  type Bid { id: ID! alias: String! }
`;

export type BidPlaced = {
  id: string;
  cursor: string;
  occurredAt: string;
  revision: number;
  amount: { amount: string; currency: string };
  order: { id: string };
  bid: { id: string; alias: string };
};

const idOf = (type: string): string => Buffer.from(`${type}:${randomUUID()}`).toString('base64url');
const bid = { id: idOf('Bid'), alias: 'Bidder 12' };
let revision = 0;

/** As long as Haggle's, and different each time. */
export function nextEvent(orderId: string): BidPlaced {
  revision += 1;
  return {
    id: idOf('Event'),
    cursor: randomBytes(48).toString('base64url'),
    occurredAt: new Date().toISOString(),
    revision,
    amount: { amount: (9_000_000 - revision / 100).toFixed(2), currency: 'INR' },
    order: { id: orderId },
    bid,
  };
}

const id = randomUUID();

/** What graphql-ws would send of it. */
export const frameOf = (event: BidPlaced): string =>
  JSON.stringify({ id, type: 'next', payload: { data: { bidPlaced: event } } });
