/** The questions a front end asks, and what it does. Subscribe after the `cursor` of an answer: nothing falls between. */

import { BidFields, NegotiationFields, NotificationFields, OrderFields, RefusalFields } from './fragments.ts';
import { graphql } from './graphql.ts';

export const Viewer = graphql(`
  query Viewer {
    serverTime
    viewer {
      id
      name
      role
      externalId
    }
  }
`);

export const Orders = graphql(
  `
    query Orders($status: [OrderStatus!], $bidOn: Boolean, $externalId: String, $first: Int, $after: String) {
      orders(status: $status, bidOn: $bidOn, externalId: $externalId, first: $first, after: $after) {
        cursor
        edges {
          cursor
          node {
            ...OrderFields
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [OrderFields],
);

export const Order = graphql(
  `
    query Order($id: ID!, $bids: Int = 50) {
      order(id: $id) {
        ...OrderFields
        cursor
        biddersOnline
        customer {
          id
          name
        }
        bids(first: $bids) {
          totalCount
          edges {
            node {
              ...BidFields
            }
          }
        }
        viewerBid {
          ...BidFields
        }
        standing {
          rank
          bidders
          best {
            amount
            currency
          }
          mine {
            amount
            currency
          }
        }
        negotiations(first: 10) {
          edges {
            node {
              ...NegotiationFields
            }
          }
        }
      }
    }
  `,
  [OrderFields, BidFields, NegotiationFields],
);

/** Subscribe to NotificationReceived after its `cursor`. */
export const Notifications = graphql(
  `
    query Notifications($first: Int, $after: String) {
      unreadNotifications
      notifications(first: $first, after: $after) {
        cursor
        edges {
          cursor
          node {
            ...NotificationFields
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [NotificationFields],
);

/** `upTo` is a notification's own `cursor`. */
export const MarkNotificationsRead = graphql(
  `
    mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {
      markNotificationsRead(input: $input) {
        ... on MarkNotificationsReadPayload {
          unreadNotifications
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
);

export const CreateOrder = graphql(
  `
    mutation CreateOrder($input: CreateOrderInput!) {
      createOrder(input: $input) {
        ... on CreateOrderPayload {
          order {
            ...OrderFields
            cursor
          }
        }
        ...RefusalFields
      }
    }
  `,
  [OrderFields, RefusalFields],
);

export const CancelOrder = graphql(
  `
    mutation CancelOrder($input: CancelOrderInput!) {
      cancelOrder(input: $input) {
        ... on CancelOrderPayload {
          order {
            ...OrderFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [OrderFields, RefusalFields],
);

export const PlaceBid = graphql(
  `
    mutation PlaceBid($input: PlaceBidInput!) {
      placeBid(input: $input) {
        ... on PlaceBidPayload {
          bid {
            ...BidFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [BidFields, RefusalFields],
);

export const WithdrawBid = graphql(
  `
    mutation WithdrawBid($input: WithdrawBidInput!) {
      withdrawBid(input: $input) {
        ... on WithdrawBidPayload {
          bid {
            ...BidFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [BidFields, RefusalFields],
);

export const RequestNegotiation = graphql(
  `
    mutation RequestNegotiation($input: RequestNegotiationInput!) {
      requestNegotiation(input: $input) {
        ... on RequestNegotiationPayload {
          negotiation {
            ...NegotiationFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [NegotiationFields, RefusalFields],
);

export const ConfirmBid = graphql(
  `
    mutation ConfirmBid($input: ConfirmBidInput!) {
      confirmBid(input: $input) {
        ... on ConfirmBidPayload {
          bid {
            ...BidFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [BidFields, RefusalFields],
);

export const AcceptConfirmation = graphql(
  `
    mutation AcceptConfirmation($input: AcceptConfirmationInput!) {
      acceptConfirmation(input: $input) {
        ... on AcceptConfirmationPayload {
          bid {
            ...BidFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [BidFields, RefusalFields],
);

export const DeclineConfirmation = graphql(
  `
    mutation DeclineConfirmation($input: DeclineConfirmationInput!) {
      declineConfirmation(input: $input) {
        ... on DeclineConfirmationPayload {
          bid {
            ...BidFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [BidFields, RefusalFields],
);
