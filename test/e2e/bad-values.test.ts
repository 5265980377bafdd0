/** Values that are wrong in themselves: texts, amounts, moments, numbers and ids that nobody may send. */

import { describe, expect, test } from 'vitest';
import { api, bid, casey, invalid, isRefused, open, type Refused, vera, waiting } from './bad-input.ts';

const make = { title: 'Desks', currency: 'INR' };
const bad = [
  ['U+0000', 'a\u0000b'],
  ['a lone surrogate', 'a\ud800b'],
] as const;

const cases: Refused[] = [
  ...bad.flatMap(([what, text]): Refused[] => [
    [`${what} in a title`, casey, 'createOrder', { ...make, title: text }, 'INVALID_INPUT', invalid('title')],
    [
      `${what} in a description`,
      casey,
      'createOrder',
      { ...make, description: text },
      'INVALID_INPUT',
      invalid('description'),
    ],
    [
      `${what} in an externalId`,
      casey,
      'createOrder',
      { ...make, externalId: text },
      'INVALID_INPUT',
      invalid('externalId'),
    ],
    [
      `${what} in a key`,
      casey,
      'createOrder',
      { ...make, idempotencyKey: text },
      'INVALID_INPUT',
      invalid('idempotencyKey'),
    ],
    [`${what} in a currency`, casey, 'createOrder', { ...make, currency: text }, 'BAD_USER_INPUT'],
    [`${what} in a moment`, casey, 'createOrder', { ...make, closesAt: text }, 'BAD_USER_INPUT'],
    [
      `${what} in a note`,
      vera,
      'placeBid',
      { orderId: open, amount: '800', note: text },
      'INVALID_INPUT',
      invalid('note'),
    ],
    [`${what} in an amount`, vera, 'placeBid', { orderId: open, amount: text }, 'BAD_USER_INPUT'],
    [`${what} in an id`, vera, 'placeBid', { orderId: text, amount: '800' }, 'BAD_USER_INPUT'],
    [
      `${what} in a message`,
      casey,
      'requestNegotiation',
      { orderId: open, message: text },
      'INVALID_INPUT',
      invalid('message'),
    ],
    [
      `${what} in a cancellation`,
      casey,
      'cancelOrder',
      { orderId: open, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
    [
      `${what} in a withdrawal`,
      vera,
      'withdrawBid',
      { bidId: bid.id, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
    [
      `${what} in a refusal`,
      vera,
      'declineConfirmation',
      { bidId: waiting.id, reason: text },
      'INVALID_INPUT',
      invalid('reason'),
    ],
  ]),
  ['an empty title', casey, 'createOrder', { ...make, title: '  ' }, 'INVALID_INPUT', invalid('title')],
  ['a title too long', casey, 'createOrder', { ...make, title: 'a'.repeat(201) }, 'INVALID_INPUT', invalid('title')],
  ['no such currency', casey, 'createOrder', { ...make, currency: 'XXZ' }, 'INVALID_INPUT', invalid('currency')],
  [
    'a deadline that is past',
    casey,
    'createOrder',
    { ...make, closesAt: '2020-01-01T00:00:00Z' },
    'INVALID_INPUT',
    invalid('closesAt'),
  ],
  ['the 31st of February', casey, 'createOrder', { ...make, closesAt: '2030-02-31T00:00:00Z' }, 'BAD_USER_INPUT'],
  [
    'a key used with another input',
    casey,
    'createOrder',
    { ...make, idempotencyKey: 'used' },
    'IDEMPOTENCY_KEY_REUSED',
  ],
  ['a field that there is not', casey, 'createOrder', { ...make, status: 'ACCEPTED' }, 'BAD_USER_INPUT'],
  ['no input', casey, 'createOrder', {}, 'BAD_USER_INPUT'],

  ...['NaN', '1e400', '', 'Infinity', '0x10', '1,000', ' 1', 800, null].map(
    (amount): Refused => [
      `an amount of ${JSON.stringify(amount)}`,
      vera,
      'placeBid',
      { orderId: open, amount },
      'BAD_USER_INPUT',
    ],
  ),
  ...['-1', '0', '0.00', '-0', '800.001', '1234567890123456', '9'.repeat(90)].map(
    (amount): Refused => [
      `an amount of ${amount}`,
      vera,
      'placeBid',
      { orderId: open, amount },
      'INVALID_INPUT',
      invalid('amount'),
    ],
  ),
  [
    'a target of -1',
    casey,
    'requestNegotiation',
    { orderId: open, targetAmount: '-1' },
    'INVALID_INPUT',
    invalid('targetAmount'),
  ],

  ['the id of a bid for an order', vera, 'placeBid', { orderId: bid.id, amount: '800' }, 'BAD_USER_INPUT'],
  ['an id of nothing', vera, 'placeBid', { orderId: 'nonsense', amount: '800' }, 'BAD_USER_INPUT'],
  ['an empty id', vera, 'withdrawBid', { bidId: '' }, 'BAD_USER_INPUT'],
  ['SQL for an id', vera, 'withdrawBid', { bidId: "'; drop table bids; --" }, 'BAD_USER_INPUT'],
];

describe('mutations refuse', () => {
  test.each(cases)('%s', isRefused);
});

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
