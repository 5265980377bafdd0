/** Amounts: what is taken, how they are written, compared and lowered; and that the currencies are those of ISO 4217. */

import currencyCodes from 'currency-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencies, currencyDigits } from '../../src/domain/currencies.ts';
import { compareAmounts, formatAmount, nextBelow, problemWithAmount } from '../../src/domain/money.ts';

const currency = fc.constantFrom(...currencies());
/** Whole minor units, written as a decimal of the currency. */
const money = currency.chain((code) => {
  const digits = currencyDigits(code) ?? 0;
  return fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }).map((minor) => {
    const text = minor.toString().padStart(digits + 1, '0');
    return { code, minor, amount: digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}` };
  });
});

describe('amounts', () => {
  it('are taken with the digits of their currency, and written back the same', () => {
    fc.assert(
      fc.property(money, ({ code, amount }) => {
        expect(problemWithAmount(amount, code)).toBeNull();
        expect(formatAmount(amount, code)).toBe(amount);
      }),
    );
  });

  it('compare as their minor units do', () => {
    fc.assert(
      fc.property(money, fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }), ({ code, amount, minor }, other) => {
        const digits = currencyDigits(code) ?? 0;
        const text = other.toString().padStart(digits + 1, '0');
        const second = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
        expect(Math.sign(compareAmounts(amount, second))).toBe(minor < other ? -1 : minor > other ? 1 : 0);
      }),
    );
  });

  it('have a next one below, which is one minor unit lower', () => {
    fc.assert(
      fc.property(money, ({ code, amount }) => {
        expect(compareAmounts(nextBelow(amount, code), amount)).toBe(-1);
      }),
    );
    expect(nextBelow('1000.00', 'INR')).toBe('999.99');
    expect(nextBelow('1000', 'JPY')).toBe('999');
    expect(nextBelow('0.01', 'INR')).toBe('0.00');
  });

  it.each([
    ['0', 'INR', 'greater than 0'],
    ['0.00', 'INR', 'greater than 0'],
    ['-1', 'INR', 'greater than 0'],
    ['1.005', 'INR', 'at most 2 digits after the point'],
    ['1.5', 'JPY', 'at most 0 digits after the point'],
    ['1.0005', 'KWD', 'at most 3 digits after the point'],
    ['1234567890123456', 'INR', 'at most 15 digits'],
    ['12345678901234.56', 'INR', 'at most 15 digits'],
    ['1'.repeat(400), 'INR', 'at most 15 digits'],
  ])('refuse %s %s', (amount, code, why) => {
    expect(problemWithAmount(amount, code)).toContain(why);
  });

  it('drop leading zeros and fill up to the currency’s digits', () => {
    expect(problemWithAmount('0001250.5', 'INR')).toBeNull();
    expect(formatAmount('0001250.5', 'INR')).toBe('1250.50');
    expect(formatAmount('1250.5000', 'INR')).toBe('1250.50');
    expect(formatAmount('0.5', 'INR')).toBe('0.50');
    expect(formatAmount('1250.0000', 'JPY')).toBe('1250');
  });
});

describe('the currencies', () => {
  it('have the digits of ISO 4217', () => {
    const published = new Map(currencyCodes.data.map(({ code, digits }) => [code, digits]));
    for (const code of currencies()) {
      // Newer than the published table that is compared with.
      if (code !== 'XCG') expect([code, currencyDigits(code)]).toEqual([code, published.get(code)]);
    }
  });

  it('are all of ISO 4217 that is money', () => {
    const noMoney = /^X(AG|AU|B[ABCD]|DR|PD|PT|SU|TS|UA|XX)$/;
    const missing = currencyCodes.data.filter(({ code }) => currencyDigits(code) === undefined && !noMoney.test(code));
    expect(missing.map(({ code }) => code)).toEqual([]);
  });
});
