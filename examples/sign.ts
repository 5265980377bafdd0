/** Signs tokens as a host application does that shares a secret with the API (HS256). */

import { createHmac } from 'node:crypto';

/** `sub` is the user's id in the host application. */
export type Claims = { sub: string; role: 'customer' | 'vendor' | 'service'; name: string; email?: string };

/** With the issuer and the audience that the API asks for, if it does. */
export function sign(secret: string, claims: Claims, lifetimeSeconds = 60 * 60): string {
  const { AUTH_ISSUER: iss, AUTH_AUDIENCE: aud } = process.env;
  const iat = Math.floor(Date.now() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = { ...claims, iat, exp: iat + lifetimeSeconds, ...(iss && { iss }), ...(aud && { aud }) };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
