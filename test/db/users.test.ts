/** Remembering whom tokens speak of. */

import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { users } from '../../src/db/tables.ts';
import { createRemember } from '../../src/db/users.ts';
import { createTestDatabase } from '../support/database.ts';

const { db } = await createTestDatabase();
const rowOf = async (externalId: string) => (await db.select().from(users).where(eq(users.externalId, externalId)))[0];

it('creates a user at first sight, and writes again when its name or role changed', async () => {
  const { remember: keep } = createRemember(db);
  const remember = (user: Omit<Parameters<typeof keep>[0], 'email'>) => keep({ ...user, email: null });
  const { id } = await remember({ externalId: 'acme', name: 'Acme', role: 'VENDOR' });
  expect(await rowOf('acme')).toMatchObject({ id, name: 'Acme', role: 'VENDOR' });
  expect(await remember({ externalId: 'acme', name: 'Acme', role: 'VENDOR' })).toMatchObject({ id });
  expect(await remember({ externalId: 'acme', name: 'Acme & Sons', role: 'VENDOR' })).toMatchObject({ id });
  expect(await remember({ externalId: 'acme', name: 'Acme & Sons', role: 'CUSTOMER' })).toMatchObject({ id });
  expect(await rowOf('acme')).toMatchObject({ id, name: 'Acme & Sons', role: 'CUSTOMER' });
});

it('answers one id where many processes see a user for the first time at once', async () => {
  const user = { externalId: 'at once', name: 'All', role: 'CUSTOMER', email: null } as const;
  const rows = await Promise.all(Array.from({ length: 20 }, () => createRemember(db).remember(user)));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
});

it('sees a revocation once it was told of it, of this user and of no other', async () => {
  const { remember, revoke } = createRemember(db);
  const user = { externalId: 'revoked', name: 'R', role: 'VENDOR', email: null } as const;
  const another = { ...user, externalId: 'another' };
  const [{ id }, other] = [await remember(user), await remember(another)];
  const revokedAt = new Date('2026-03-01T12:00:00Z');
  await db.execute(sql`update users set revoked_at = ${revokedAt.toISOString()}::timestamptz where id = ${id}`);
  expect((await remember(user)).revokedAt).toBeNull();
  revoke(id);
  expect((await remember(user)).revokedAt).toEqual(revokedAt);
  expect(await remember(another)).toBe(other);
});

it('keeps the address that was said last: one that says none takes none away', async () => {
  const { remember } = createRemember(db);
  const says = (email: string | null) => remember({ externalId: 'mailed', name: 'M', role: 'VENDOR', email });
  await says('m@shop.example');
  const known = await says(null);
  expect(await rowOf('mailed')).toMatchObject({ email: 'm@shop.example' });
  expect(await says('m@shop.example')).toBe(known);
  await says('n@shop.example');
  expect(await rowOf('mailed')).toMatchObject({ email: 'n@shop.example', givenEmail: null });
});
