/** The operations in GraphiQL's tabs, in the order in which a market runs. */

export type Example = { query: string; variables?: string };

const orderId = JSON.stringify({ orderId: 'paste the id of an order' }, null, 2);
const bidId = JSON.stringify({ bidId: 'paste the id of a bid' }, null, 2);

export const exampleTabs: Example[] = [
  {
    query: `# Choose at the top who you are. A second window can be somebody else.
# Run with the button, or Ctrl-Enter.

query WhoAmI {
  viewer {
    id
    name
    role
  }
  serverTime
}
`,
  },
  {
    query: `# As a customer: post an order. Copy its id from the answer.

mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    ... on CreateOrderPayload {
      order {
        id
        title
        status
        cursor
      }
    }
    ... on Refusal {
      code
      message
    }
    ... on InvalidInput {
      issues {
        path
        message
      }
    }
  }
}
`,
    variables: JSON.stringify({ input: { title: '500 office chairs', currency: 'INR', visibility: 'OPEN' } }, null, 2),
  },
  {
    query: `# As the customer: every bid, as it falls. Leave it running while vendors bid in another window.

subscription BidPlaced($orderId: ID) {
  bidPlaced(orderId: $orderId) {
    cursor
    occurredAt
    revision
    amount {
      amount
      currency
    }
    bid {
      id
      alias
      status
      vendor {
        name
      }
    }
  }
}
`,
  },
  {
    query: `# As a vendor: what is open.

query Market {
  orders(first: 10, status: [OPEN]) {
    cursor
    edges {
      node {
        id
        title
        currency
        closesAt
        customer {
          name
        }
        standing {
          rank
          bidders
        }
      }
    }
  }
}
`,
  },
  {
    query: `# As a vendor: bid. Again is a revision, and has to be lower.

mutation PlaceBid($orderId: ID!) {
  placeBid(input: { orderId: $orderId, amount: "950.00", note: "Delivered within a week" }) {
    ... on PlaceBidPayload {
      bid {
        id
        revision
        amount {
          amount
          currency
        }
      }
    }
    ... on Refusal {
      code
      message
    }
    ... on BidNotLower {
      highest {
        amount
        currency
      }
    }
  }
}
`,
    variables: orderId,
  },
  {
    query: `# As a vendor: what the customer asks of all who bid, at once.

subscription NegotiationRequested {
  negotiationRequested {
    cursor
    order {
      id
      title
    }
    negotiation {
      id
      round
      message
      targetAmount {
        amount
        currency
      }
      respondBy
    }
  }
}
`,
  },
  {
    query: `# As the customer: ask everybody who bids for a better price.

mutation RequestNegotiation($orderId: ID!) {
  requestNegotiation(input: { orderId: $orderId, targetAmount: "880.00", message: "Can you do 880?" }) {
    ... on RequestNegotiationPayload {
      negotiation {
        id
        round
      }
    }
    ... on Refusal {
      code
      message
    }
  }
}
`,
    variables: orderId,
  },
  {
    query: `# As the customer: the order with its bids, lowest first.

query Order($orderId: ID!) {
  order(id: $orderId) {
    id
    title
    status
    cursor
    bids(first: 20) {
      totalCount
      edges {
        node {
          id
          alias
          revision
          status
          amount {
            amount
            currency
          }
          vendor {
            name
          }
        }
      }
    }
  }
}
`,
    variables: orderId,
  },
  {
    query: `# As the customer: choose a bid, in the revision that you saw.

mutation ConfirmBid($bidId: ID!) {
  confirmBid(input: { bidId: $bidId, revision: 1 }) {
    ... on ConfirmBidPayload {
      bid {
        id
        status
        confirmation {
          acceptBy
        }
      }
    }
    ... on Refusal {
      code
      message
    }
  }
}
`,
    variables: bidId,
  },
  {
    query: `# As the vendor that was chosen: accept, and the deal stands.

mutation AcceptConfirmation($bidId: ID!) {
  acceptConfirmation(input: { bidId: $bidId }) {
    ... on AcceptConfirmationPayload {
      order {
        id
        status
      }
      bid {
        id
        status
      }
    }
    ... on Refusal {
      code
      message
    }
  }
}
`,
    variables: bidId,
  },
  {
    query: `# As anybody: what you were told, also while you were away. Mark it read with a notification's own cursor.

query Notifications {
  unreadNotifications
  notifications(first: 20) {
    cursor
    edges {
      node {
        cursor
        action
        data
        read
        createdAt
        order {
          id
          title
        }
      }
    }
  }
}
`,
  },
  {
    query: `# As the customer or a vendor: whatever you are told, as you are told it. Leave it running.

subscription NotificationReceived {
  notificationReceived {
    cursor
    notification {
      action
      data
      order {
        id
        title
      }
    }
  }
}
`,
  },
  {
    query: `# As the back end (choose Host at the top): tell any user anything, by its id in your application.

mutation Notify($input: NotifyInput!) {
  notify(input: $input) {
    ... on NotifyPayload {
      online
      notification {
        id
      }
    }
    ... on Refusal {
      code
      message
    }
    ... on InvalidInput {
      issues {
        path
        message
      }
    }
  }
}
`,
    variables: JSON.stringify(
      { input: { to: 'casey', action: 'invoice.due', data: { invoice: 7, days: 3 } } },
      null,
      2,
    ),
  },
];
