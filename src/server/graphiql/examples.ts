/** The operations in GraphiQL's tabs, in the order in which a market runs. */

import { readFile } from 'node:fs/promises';

export type Example = { query: string; variables?: string };

const orderId = { orderId: 'paste the id of an order' };
const bidId = { bidId: 'paste the id of a bid' };

/** Each is a file of that name, with its variables. */
const tabs: [name: string, variables?: object][] = [
  ['who-am-i'],
  ['create-order', { input: { title: '500 office chairs', currency: 'INR', visibility: 'OPEN' } }],
  ['bid-placed'],
  ['market'],
  ['place-bid', orderId],
  ['negotiation-requested'],
  ['request-negotiation', orderId],
  ['order', orderId],
  ['confirm-bid', bidId],
  ['accept-confirmation', bidId],
  ['notifications'],
  ['notification-received'],
  ['notify', { input: { to: 'casey', action: 'invoice.due', data: { invoice: 7, days: 3 } } }],
];

export const readExamples = (): Promise<Example[]> =>
  Promise.all(
    tabs.map(async ([name, variables]) => {
      const query = await readFile(new URL(`./examples/${name}.graphql`, import.meta.url), 'utf8');
      return { query, ...(variables && { variables: JSON.stringify(variables, null, 2) }) };
    }),
  );
