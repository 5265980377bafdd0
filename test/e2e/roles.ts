/** One of each who may ask something, with a server for each file of tests; and how tables of what each gets are read. */

import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { person } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
export const api = await startApi({ databaseUrl });

export const people = {
  owner: await person('casey', 'customer'),
  otherCustomer: await person('otto', 'customer'),
  bidder: await person('vera', 'vendor'),
  otherVendor: await person('victor', 'vendor'),
  service: await person('backend', 'service'),
  nobody: null,
};
export type Role = keyof typeof people;
export const roles = Object.keys(people) as Role[];
export const { owner, otherCustomer, bidder, otherVendor } = people;

/** A row of a table: what each role gets, in the order of `roles`. */
export const cellsOf = (row: string): [Role, string][] =>
  row
    .trim()
    .split(/\s+/)
    .map((cell, nth) => [roles[nth] as Role, cell]);
