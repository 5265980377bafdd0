/** Remembering whom tokens speak of. */

import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { users } from '../../src/db/tables.ts';
import { createRemember } from '../../src/db/users.ts';
import { createTestDatabase } from '../support/database.ts';

const { db } = await createTestDatabase();
const rowOf = async (externalId: string) => (await db.select().from(users).where(eq(users.externalId, externalId)))[0];

it('creates a user at first sight, and writes again when its name or role changed', async () => {
  const remember = createRemember(db);
  const id = await remember({ externalId: 'acme', name: 'Acme', role: 'VENDOR' });
  expect(await rowOf('acme')).toMatchObject({ id, name: 'Acme', role: 'VENDOR' });
  expect(await remember({ externalId: 'acme', name: 'Acme', role: 'VENDOR' })).toBe(id);
  expect(await remember({ externalId: 'acme', name: 'Acme & Sons', role: 'VENDOR' })).toBe(id);
  expect(await remember({ externalId: 'acme', name: 'Acme & Sons', role: 'CUSTOMER' })).toBe(id);
  expect(await rowOf('acme')).toMatchObject({ id, name: 'Acme & Sons', role: 'CUSTOMER' });
});

it('answers one id where many processes see a user for the first time at once', async () => {
  const user = { externalId: 'at once', name: 'All', role: 'CUSTOMER' } as const;
  const ids = await Promise.all(Array.from({ length: 20 }, () => createRemember(db)(user)));
  expect(new Set(ids).size).toBe(1);
});
