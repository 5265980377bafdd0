/** Amounts of money: decimal strings with the currency's digits, compared exactly, never floats. */

import { currencyDigits } from './currencies.ts';

/** The most digits an amount may have, before and after the point together. */
export const maxDigits = 15;

/** The most digits that any currency has after the point. */
const finest = 4;

/** An amount in units of 10⁻⁴, in which all amounts of all currencies are whole. */
function toUnits(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(finest, '0'));
}

/** Negative where `a` is the smaller, positive where it is the greater, 0 where both are the same. */
export function compareAmounts(a: string, b: string): number {
  const difference = toUnits(a) - toUnits(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** An amount with exactly its currency's digits: "1250.5000" in INR is "1250.50". Digits cut off must be zeros. */
export function formatAmount(amount: string, currency: string): string {
  const digits = currencyDigits(currency) ?? 2;
  const [whole = '0', fraction = ''] = amount.replace(/^0+(?=\d)/, '').split('.');
  return digits === 0 ? whole : `${whole}.${fraction.padEnd(digits, '0').slice(0, digits)}`;
}

/** The greatest amount below this one: what would be taken at most where it is too high. */
export function nextBelow(amount: string, currency: string): string {
  const digits = currencyDigits(currency) ?? 2;
  const units = toUnits(amount) - 10n ** BigInt(finest - digits);
  const text = (units < 0n ? 0n : units).toString().padStart(finest + 1, '0');
  return formatAmount(`${text.slice(0, -finest)}.${text.slice(-finest)}`, currency);
}

/** What is wrong with a decimal ("-1.5", "12") as an amount of a currency, or null where nothing is. */
export function problemWithAmount(decimal: string, currency: string): string | null {
  const digits = currencyDigits(currency) ?? 2;
  const [whole = '', fraction = ''] = decimal.replace(/^-?0*/, '').split('.');
  if (decimal.startsWith('-') || /^[0.]*$/.test(decimal)) return 'must be greater than 0';
  if (fraction.length > digits) return `must have at most ${digits} digits after the point, as ${currency} has`;
  if (whole.length + fraction.length > maxDigits) return `must have at most ${maxDigits} digits`;
  return null;
}
