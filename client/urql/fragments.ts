/** What the documents have in common: what a screen shows of an order and of a bid, and what it needs to go on after a refusal. */

import { graphql } from './graphql.ts';

export const OrderFields = graphql(`
  fragment OrderFields on Order {
    __typename
    id
    externalId
    title
    description
    currency
    visibility
    status
    closesAt
    createdAt
  }
`);

/** `vendor`, `note` and `confirmation` are null where the viewer may not know who bids. */
export const BidFields = graphql(`
  fragment BidFields on Bid {
    __typename
    id
    alias
    revision
    status
    note
    placedAt
    amount {
      amount
      currency
    }
    vendor {
      id
      name
    }
    confirmation {
      revision
      acceptBy
      answer
      reason
    }
  }
`);

export const NegotiationFields = graphql(`
  fragment NegotiationFields on Negotiation {
    __typename
    id
    round
    message
    respondBy
    createdAt
    targetAmount {
      amount
      currency
    }
  }
`);

/** `data` is what happened as the event of that name tells it, or what a service called with. */
export const NotificationFields = graphql(`
  fragment NotificationFields on Notification {
    __typename
    id
    cursor
    action
    data
    read
    createdAt
    order {
      id
      title
      status
    }
    bid {
      id
      status
      amount {
        amount
        currency
      }
    }
  }
`);

/** `message` is for a person; the rest for a screen that shows how it is now. */
export const RefusalFields = graphql(
  `
    fragment RefusalFields on Refusal {
      __typename
      code
      message
      ... on InvalidInput {
        issues {
          path
          message
        }
      }
      ... on BidNotLower {
        highest {
          amount
          currency
        }
      }
      ... on OrderNotOpen {
        order {
          ...OrderFields
        }
      }
      ... on OrderEnded {
        order {
          ...OrderFields
        }
      }
      ... on NoActiveBids {
        order {
          ...OrderFields
        }
      }
      ... on BidNotActive {
        bid {
          ...BidFields
        }
      }
      ... on BidRevised {
        bid {
          ...BidFields
        }
      }
      ... on ConfirmationPending {
        bid {
          ...BidFields
        }
      }
      ... on NoConfirmationPending {
        bid {
          ...BidFields
        }
      }
    }
  `,
  [OrderFields, BidFields],
);
