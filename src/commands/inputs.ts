/** What inputs have in common: texts that can be stored, with their limits, and ids that were decoded before. */

import { z } from 'zod';

/** Text as PostgreSQL can store it, of so many characters at most. */
export const text = (most: number, least = 0) =>
  z
    .string()
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), 'must not contain U+0000 or lone surrogates')
    // As people count: what lies beyond the first plane is two units in JavaScript.
    .refine((value) => value.length <= most || [...value].length <= most, `must have at most ${most} characters`)
    .refine(
      (value) => value.trim().length >= least,
      `must have at least ${least} character${least === 1 ? '' : 's'} that can be seen`,
    );

export const id = z.guid();

/** A year that no calendar of ours needs would not fit the database's timestamps. */
export const moment = z
  .date()
  .refine((date) => date.getUTCFullYear() < 10_000 && date.getUTCFullYear() >= 1, 'must be within the years 1 to 9999');

/** A decimal as the scalar took it; what is money is the rule's to say. */
export const decimal = z.string();

/** What may be left out: left out and null are the same input, also where inputs are compared. */
export const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

export const reason = optional(text(2000));

/** Repeating a mutation with the same key, within 24 hours, has one effect. */
export const idempotencyKey = optional(text(255, 1));
