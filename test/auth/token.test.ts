/** Every token that is refused, and what is known of those that are taken. */

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createTokenVerifier,
  KeysUnavailable,
  signToken,
  type TokenAuthority,
  TokenRefused,
} from '../../src/auth/token.ts';

const secret = 'a secret that is long enough for HS256';
const remembered: unknown[] = [];
const remember = (user: unknown) => Promise.resolve({ id: `id ${remembered.push(user)}`, revokedAt: null });
const verify = createTokenVerifier({ kind: 'secret', secret }, remember);

const sign = (claims: JWTPayload, key: string = secret) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key));
const head = (said: object) => Buffer.from(JSON.stringify(said)).toString('base64url');
const inAMinute = () => Math.floor(Date.now() / 1000) + 60;

async function refusal(token: string, by = verify): Promise<TokenRefused> {
  const error = await by(token).then(
    () => expect.unreachable('The token was taken'),
    (refused: unknown) => refused,
  );
  expect(error).toBeInstanceOf(TokenRefused);
  expect((error as Error).message).not.toContain(token || 'never empty');
  return error as TokenRefused;
}

describe('a token that is taken', () => {
  test('tells who asks, remembered by what it says', async () => {
    const token = await signToken({ secret, sub: 'acme', role: 'vendor', name: 'Acme', expiresInSeconds: 60 });
    const viewer = await verify(token);
    expect(viewer).toMatchObject({ externalId: 'acme', name: 'Acme', role: 'VENDOR' });
    expect(viewer.id).toBe(`id ${remembered.length}`);
    expect(remembered.at(-1)).toEqual({ externalId: 'acme', name: 'Acme', role: 'VENDOR', email: null });
    expect(Math.abs(viewer.expiresAt - Date.now() - 60_000)).toBeLessThan(2_000);
  });

  test.each([undefined, null, ''])('has its sub for a name where the name is %j', async (name) => {
    const viewer = await verify(await sign({ sub: 'acme', role: 'service', name, exp: inAMinute() }));
    expect(viewer.name).toBe('acme');
  });

  test('may have 255 characters of any script', async () => {
    const viewer = await verify(await sign({ sub: '🪑'.repeat(255), role: 'customer', exp: inAMinute() }));
    expect([...viewer.externalId]).toHaveLength(255);
  });

  test('may name its key and its type', async () => {
    const header = { alg: 'HS256', typ: 'JWT', kid: 'first' };
    const signing = new SignJWT({ sub: 'acme', role: 'customer', exp: inAMinute() }).setProtectedHeader(header);
    const viewer = await verify(await signing.sign(new TextEncoder().encode(secret)));
    expect(viewer.role).toBe('CUSTOMER');
  });

  test('may expire in the far future', async () => {
    const viewer = await verify(await sign({ sub: 'acme', role: 'customer', exp: 1e15 }));
    expect(viewer.expiresAt).toBeGreaterThan(Date.now());
  });
});

describe('a token is refused as', () => {
  test.each(['', 'x', 'a.b', 'a.b.c', '....', 'é.é.é'])('malformed: %j', async (token) => {
    expect((await refusal(token)).reason).toBe('malformed');
  });

  test('malformed where it is longer than any token', async () => {
    expect((await refusal('a'.repeat(9000))).reason).toBe('malformed');
  });

  test('forged with another secret, with none, and with a changed payload', async () => {
    const claims = { sub: 'acme', role: 'vendor', exp: inAMinute() };
    expect((await refusal(await sign(claims, 'another secret, long enough as well'))).reason).toBe('forged');
    expect((await refusal(new UnsecuredJWT(claims).encode())).reason).toBe('forged');
    const [head, , signature] = (await sign(claims)).split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims, role: 'service' })).toString('base64url');
    expect((await refusal(`${head}.${changed}.${signature}`)).reason).toBe('forged');
  });

  test.each<[string, (token: string) => string]>([
    ['its signature cut short', (token) => token.slice(0, -1)],
    ['its signature made longer', (token) => `${token}A`],
    // The last letter holds two bits that say nothing, so it is another one.
    ['another letter of it', (token) => token.replace(/.(?=.$)/, (letter) => (letter === 'A' ? 'B' : 'A'))],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['its head said otherwise', (token) => `${head({ alg: 'HS256', typ: 'other' })}${token.slice(token.indexOf('.'))}`],
    ['a head that says there is none', (token) => `${head({ alg: 'none' })}${token.slice(token.indexOf('.'))}`],
  ])('forged right after it was taken, with %s', async (_, altered) => {
    const token = await sign({ sub: 'acme', role: 'vendor', exp: inAMinute() });
    await expect(verify(token)).resolves.toMatchObject({ externalId: 'acme' });
    expect((await refusal(altered(token))).reason).toBe('forged');
    await expect(verify(token)).resolves.toMatchObject({ externalId: 'acme' });
  });

  test('expired right after it was taken', async () => {
    const token = await sign({ sub: 'acme', role: 'vendor', exp: Date.now() / 1000 + 1 });
    await expect(verify(token)).resolves.toMatchObject({ externalId: 'acme' });
    await vi.waitFor(async () => expect((await refusal(token)).reason).toBe('expired'), { timeout: 10_000 });
  });

  test('malformed where its head asks for what is not known here', async () => {
    const claims = { sub: 'acme', role: 'vendor', exp: inAMinute() };
    const asking = { alg: 'HS256', crit: ['more'], more: true };
    const text = `${head(asking)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const signature = createHmac('sha256', secret).update(text).digest('base64url');
    expect((await refusal(`${text}.${signature}`)).reason).toBe('malformed');
  });

  test('forged where the algorithm is another', async () => {
    const token = await new SignJWT({ sub: 'acme', role: 'vendor', exp: inAMinute() })
      .setProtectedHeader({ alg: 'HS512' })
      .sign(new TextEncoder().encode(secret.repeat(2)));
    expect((await refusal(token)).reason).toBe('forged');
  });

  test('expired', async () => {
    const token = await sign({ sub: 'acme', role: 'vendor', exp: Math.floor(Date.now() / 1000) - 1 });
    expect((await refusal(token)).reason).toBe('expired');
  });

  test.each<[string, JWTPayload]>([
    ['no exp', { sub: 'acme', role: 'vendor' }],
    ['no sub', { role: 'vendor', exp: 4e9 }],
    ['an empty sub', { sub: '', role: 'vendor', exp: 4e9 }],
    ['a sub that is too long', { sub: 'a'.repeat(256), role: 'vendor', exp: 4e9 }],
    ['U+0000 in sub', { sub: 'a\u0000b', role: 'vendor', exp: 4e9 }],
    ['half a surrogate pair in sub', { sub: 'a\ud800b', role: 'vendor', exp: 4e9 }],
    ['no role', { sub: 'acme', exp: 4e9 }],
    ['an unknown role', { sub: 'acme', role: 'admin', exp: 4e9 }],
    ['a role in capitals', { sub: 'acme', role: 'VENDOR', exp: 4e9 }],
    ['a name that is no text', { sub: 'acme', role: 'vendor', name: 5, exp: 4e9 } as JWTPayload],
    ['a name that is too long', { sub: 'acme', role: 'vendor', name: 'a'.repeat(256), exp: 4e9 }],
    ['U+0000 in name', { sub: 'acme', role: 'vendor', name: '\u0000', exp: 4e9 }],
    ['a time before which it does not hold', { sub: 'acme', role: 'vendor', exp: 4e9, nbf: 3.9e9 }],
  ])('saying too little: %s', async (_, claims) => {
    expect((await refusal(await sign(claims))).reason).toBe('claim');
  });

  test('of another issuer or for another audience, where one is asked for', async () => {
    const picky = createTokenVerifier({ kind: 'secret', secret, issuer: 'shop', audience: 'haggle' }, remember);
    const base = { secret, sub: 'acme', role: 'vendor', expiresInSeconds: 60 } as const;
    await expect(picky(await signToken({ ...base, issuer: 'shop', audience: 'haggle' }))).resolves.toBeDefined();
    expect((await refusal(await signToken({ ...base, issuer: 'shop' }), picky)).reason).toBe('claim');
    expect((await refusal(await signToken({ ...base, issuer: 'x', audience: 'haggle' }), picky)).reason).toBe('claim');
    expect((await refusal(await signToken(base), picky)).reason).toBe('claim');
  });
});

describe('after the sessions of its user were revoked', () => {
  const revokedAt = new Date('2026-03-01T12:00:00.500Z');
  const at = (time: string) => Date.parse(time) / 1000;
  const verifyAfter = createTokenVerifier({ kind: 'secret', secret }, () => Promise.resolve({ id: 'id', revokedAt }));

  test.each([
    ['before', at('2026-03-01T11:59:59Z')],
    ['in the same second', at('2026-03-01T12:00:00Z')],
    ['in the same second, by a clock with fractions', at('2026-03-01T12:00:00.900Z')],
    ['nobody knows when', null],
  ])('a token issued %s is refused as revoked', async (_, iat) => {
    const claims = { sub: 'acme', role: 'vendor', exp: inAMinute() + 1e9 };
    const token = await sign(iat === null ? claims : { ...claims, iat });
    expect((await refusal(token, verifyAfter)).reason).toBe('revoked');
  });

  test('a token issued in the next second is taken', async () => {
    const token = await sign({ sub: 'acme', role: 'vendor', exp: inAMinute() + 1e9, iat: at('2026-03-01T12:00:01Z') });
    expect((await verifyAfter(token)).issuedAt).toBe(Date.parse('2026-03-01T12:00:01Z'));
  });
});

describe('with keys from an address', async () => {
  const [trusted, strange] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwk = { ...(await exportJWK(trusted.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
  const host = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  let authority: TokenAuthority;

  beforeAll(async () => {
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    authority = { kind: 'jwks', url: `http://127.0.0.1:${(host.address() as AddressInfo).port}/keys` };
  });
  afterAll(() => {
    host.closeAllConnections();
    host.close();
  });

  const signed = (key: CryptoKey, kid: string) =>
    new SignJWT({ sub: 'acme', role: 'vendor', exp: inAMinute() }).setProtectedHeader({ alg: 'ES256', kid }).sign(key);

  test('a token by one of them is taken', async () => {
    const viewer = await createTokenVerifier(authority, remember)(await signed(trusted.privateKey, 'first'));
    expect(viewer.externalId).toBe('acme');
  });

  test('a token by another key is forged, whatever key it names', async () => {
    const verifyBy = createTokenVerifier(authority, remember);
    expect((await refusal(await signed(strange.privateKey, 'first'), verifyBy)).reason).toBe('forged');
    expect((await refusal(await signed(strange.privateKey, 'second'), verifyBy)).reason).toBe('forged');
  });

  test('a public key is never taken for a shared secret', async () => {
    const token = await new SignJWT({ sub: 'acme', role: 'vendor', exp: inAMinute() })
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    expect((await refusal(token, createTokenVerifier(authority, remember))).reason).toBe('forged');
  });

  test('nothing is said of a token while the keys cannot be had', async () => {
    const away = createTokenVerifier({ kind: 'jwks', url: 'http://127.0.0.1:1/keys' }, remember);
    await expect(away(await signed(trusted.privateKey, 'first'))).rejects.toBeInstanceOf(KeysUnavailable);
  });
});
