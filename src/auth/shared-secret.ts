/**
 * Takes tokens that a shared secret signed, within the turn. The Web Crypto that jose uses answers from another thread,
 * which costs more than all the rest when thousands come back at once. Only what is good is taken here: what is not, or is
 * unusual, is for jose to judge.
 */

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, type JWTVerifyOptions, UnsecuredJWT } from 'jose';

/** Header parameters that change nothing about how a token is verified. */
const harmless = new Set(['alg', 'typ', 'kid']);
const unsecured = Buffer.from('{"alg":"none"}').toString('base64url');

/** Null for what jose has to judge. Throws what jose says of the claims of a token whose signature is good. */
export function createSecretVerifier(secret: string, claims: JWTVerifyOptions): (token: string) => JWTPayload | null {
  const key = createSecretKey(secret, 'utf8');
  /** Of the last token: nearly all have the same. */
  let plainHeader = '';

  return (token) => {
    const [header = '', payload = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || signature === '') return null;
    if (header !== plainHeader && !isPlain(header)) return null;
    plainHeader = header;
    const expected = createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url');
    if (!areEqual(signature, expected)) return null;
    // The signature was good: jose reads the claims, as it does of a token that has none.
    return UnsecuredJWT.decode(`${unsecured}.${payload}.`, claims).payload;
  };
}

/** Whether it says HS256 and nothing that asks for more. */
function isPlain(header: string): boolean {
  try {
    const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return false;
    return (said as { alg?: unknown }).alg === 'HS256' && Object.keys(said).every((name) => harmless.has(name));
  } catch {
    return false;
  }
}

/** Takes as long wherever they differ. */
function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
