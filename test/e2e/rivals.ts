/** A customer, a vendor, and the rivals that she is not to learn of: with a server of their own for each file of tests. */

import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { read } from './documents.ts';
import { servedSchema } from './everything.ts';
import { person } from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
export const api = await startApi({ databaseUrl });
export const schema = await servedSchema(api);
export const depth = 6;

export const casey = await person('casey', 'customer');
export const vera = await person('vera', 'vendor');
export const rivals = [
  await person('rival-sub-one', 'vendor', 'Rivalry Limited'),
  await person('rival-sub-two', 'vendor', 'Contention Brothers'),
];
export const rivalIds: string[] = [];
for (const rival of rivals) rivalIds.push((await read(api, rival, '{ viewer { id } }')).viewer.id);
