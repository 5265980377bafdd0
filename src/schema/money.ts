/** Amounts of money in answers. */

import { formatAmount } from '../domain/money.ts';
import { builder } from './builder.ts';

/** An amount as it is stored, with more digits than its currency has. */
export type Amount = { amount: string; currency: string };

export const Money = builder.objectRef<Amount>('Money').implement({
  description: 'An amount in a currency.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      description: "Above zero, 15 digits at most, with exactly the currency's digits after the point.",
      resolve: ({ amount, currency }) => formatAmount(amount, currency),
    }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'The currency of the order.' }),
  }),
});
