/** What a front end listens to: with `orderId` one order's stream, without it the viewer's own. */

import { BidFields, NegotiationFields, NotificationFields, OrderFields } from './fragments.ts';
import { graphql } from './graphql.ts';

export const BidPlaced = graphql(
  `
    subscription BidPlaced($orderId: ID, $after: Cursor) {
      bidPlaced(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        revision
        amount {
          amount
          currency
        }
        order {
          id
          status
        }
        bid {
          ...BidFields
        }
      }
    }
  `,
  [BidFields],
);

export const BidWithdrawn = graphql(
  `
    subscription BidWithdrawn($orderId: ID, $after: Cursor) {
      bidWithdrawn(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        reason
        order {
          id
          status
        }
        bid {
          ...BidFields
        }
      }
    }
  `,
  [BidFields],
);

export const NegotiationRequested = graphql(
  `
    subscription NegotiationRequested($orderId: ID, $after: Cursor) {
      negotiationRequested(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        order {
          id
          status
        }
        negotiation {
          ...NegotiationFields
        }
      }
    }
  `,
  [NegotiationFields],
);

export const BidConfirmed = graphql(
  `
    subscription BidConfirmed($orderId: ID, $after: Cursor) {
      bidConfirmed(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        revision
        acceptBy
        order {
          id
          status
        }
        bid {
          ...BidFields
        }
      }
    }
  `,
  [BidFields],
);

export const ConfirmationAnswered = graphql(
  `
    subscription ConfirmationAnswered($orderId: ID, $after: Cursor) {
      confirmationAnswered(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        accepted
        answer
        reason
        order {
          id
          status
        }
        bid {
          ...BidFields
        }
      }
    }
  `,
  [BidFields],
);

export const OrderOpened = graphql(
  `
    subscription OrderOpened($after: Cursor) {
      orderOpened(after: $after) {
        id
        cursor
        occurredAt
        order {
          ...OrderFields
        }
      }
    }
  `,
  [OrderFields],
);

export const OrderUpdated = graphql(
  `
    subscription OrderUpdated($orderId: ID, $after: Cursor) {
      orderUpdated(orderId: $orderId, after: $after) {
        id
        cursor
        occurredAt
        status
        closesAt
        reason
        order {
          ...OrderFields
        }
      }
    }
  `,
  [OrderFields],
);

/** All that the viewer is told, whatever it is about. */
export const NotificationReceived = graphql(
  `
    subscription NotificationReceived($after: Cursor) {
      notificationReceived(after: $after) {
        id
        cursor
        occurredAt
        notification {
          ...NotificationFields
        }
      }
    }
  `,
  [NotificationFields],
);
