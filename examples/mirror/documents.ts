/** What a mirror asks: all orders, one order, and what happens to them. */

import { graphql } from '../../client/urql/graphql.ts';

const MirroredFields = graphql(`
  fragment MirroredFields on Order {
    id
    externalId
    title
    currency
    status
    closesAt
    cursor
    customer {
      externalId
    }
  }
`);

export const Orders = graphql(
  `
    query Orders($after: String) {
      orders(first: 100, after: $after) {
        cursor
        edges {
          node {
            ...MirroredFields
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [MirroredFields],
);

export const Order = graphql(
  `
    query Order($id: ID!) {
      order(id: $id) {
        ...MirroredFields
      }
    }
  `,
  [MirroredFields],
);

export const OrderOpened = graphql(
  `
    subscription OrderOpened($after: Cursor) {
      orderOpened(after: $after) {
        id
        cursor
        order {
          ...MirroredFields
        }
      }
    }
  `,
  [MirroredFields],
);

export const OrderUpdated = graphql(
  `
    subscription OrderUpdated($orderId: ID!, $after: Cursor) {
      orderUpdated(orderId: $orderId, after: $after) {
        id
        cursor
        order {
          ...MirroredFields
        }
      }
    }
  `,
  [MirroredFields],
);
