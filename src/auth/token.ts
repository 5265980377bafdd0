/** Tells from a JSON Web Token who is asking, or says why the token is refused. */

import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { isEmailAddress } from '../domain/address.ts';
import { isRevoked } from './revocation.ts';
import { type Role, roles, type Viewer } from './viewer.ts';

/** How tokens are verified: by one shared secret (HS256), or by the public keys that a JWKS address serves. */
export type TokenAuthority = { issuer?: string; audience?: string } & (
  | { kind: 'secret'; secret: string }
  | { kind: 'jwks'; url: string }
);

/** Keeps a user as its token tells of it, and answers its id, and when its sessions were last revoked. */
export type Remember = (user: {
  externalId: string;
  name: string;
  role: Role;
  /** Null where the token says none. */
  email: string | null;
}) => Promise<Remembered>;
export type Remembered = { id: string; revokedAt: Date | null };

export type TokenVerifier = (token: string) => Promise<Viewer>;

/**
 * `malformed`: not a token at all; `forged`: by no key that is trusted here; `claim`: signed, but it says too little;
 * `revoked`: from before its user's sessions were ended.
 */
export type TokenFault = 'malformed' | 'forged' | 'expired' | 'claim' | 'revoked';

/** The token does not tell who is asking. The message may be shown to whoever sent it; it never repeats the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly reason: TokenFault;

  constructor(reason: TokenFault, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The keys could not be fetched: nothing is known about the token, trying again may help. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

const longestToken = 8192;
const longestText = 255;
/** One list per kind of key: a public key taken for a shared secret would let anybody sign. */
const symmetric = ['HS256'];
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export function createTokenVerifier(authority: TokenAuthority, remember: Remember): TokenVerifier {
  const claims = {
    requiredClaims: ['exp', 'sub'],
    ...(authority.issuer === undefined ? {} : { issuer: authority.issuer }),
    ...(authority.audience === undefined ? {} : { audience: authority.audience }),
  };
  const verified = verification(authority, claims);

  return async (token) => {
    if (token.length > longestToken) throw new TokenRefused('malformed', 'The token is too long.');
    const payload = await verified(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const { exp = 0, iat = 0, sub, name, role, email } = payload;
    const externalId = textClaim('sub', sub);
    const user = {
      externalId,
      name: name === undefined || name === null || name === '' ? externalId : textClaim('name', name),
      role: roleClaim(role),
      email: emailClaim(email),
    };
    const issuedAt = momentOf(iat);
    const { id, revokedAt } = await remember(user);
    if (revokedAt !== null && isRevoked({ issuedAt }, { revokedAt })) {
      throw new TokenRefused('revoked', 'The token was issued before the sessions of its user were ended.');
    }
    return { id, externalId, name: user.name, role: user.role, issuedAt, expiresAt: momentOf(exp) };
  };
}

/** Milliseconds of seconds since 1970. No Date can be made of more than this, which is never. */
const momentOf = (seconds: number): number => Math.min(seconds * 1000, 8.64e15);

/** Signs a token with a shared secret: for the command line, the sign-in in development, and tests. */
export function signToken(claims: {
  secret: string;
  sub: string;
  role: 'customer' | 'vendor' | 'service';
  name?: string | undefined;
  expiresInSeconds: number;
  issuer?: string | undefined;
  audience?: string | undefined;
}): Promise<string> {
  const token = new SignJWT({ role: claims.role, ...(claims.name === undefined ? {} : { name: claims.name }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + claims.expiresInSeconds);
  if (claims.issuer !== undefined) token.setIssuer(claims.issuer);
  if (claims.audience !== undefined) token.setAudience(claims.audience);
  return token.sign(new TextEncoder().encode(claims.secret));
}

type Claims = { requiredClaims: string[]; issuer?: string; audience?: string };

function verification(authority: TokenAuthority, claims: Claims): (token: string) => Promise<JWTPayload> {
  if (authority.kind === 'jwks') {
    const keys = createRemoteJWKSet(new URL(authority.url));
    return async (token) => (await jwtVerify(token, keys, { ...claims, algorithms: asymmetric })).payload;
  }
  const bytes = new TextEncoder().encode(authority.secret);
  // Imported once: given as bytes it would be imported again for each token.
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return async (token) => (await jwtVerify(token, await key, { ...claims, algorithms: symmetric })).payload;
}

function refusalOf(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return new TokenRefused('expired', 'The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefused('claim', `The token's claim "${error.claim}" is missing or not what is expected here.`);
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return new TokenRefused('forged', 'The token is not signed by a key that is trusted here.');
  }
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return new TokenRefused('malformed', 'The token is malformed.');
  }
  return new KeysUnavailable('The keys that verify tokens could not be fetched.', { cause: error });
}

/** PostgreSQL takes neither U+0000 nor half of a surrogate pair. */
function textClaim(claim: string, value: unknown): string {
  const fits =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= 2 * longestText &&
    [...value].length <= longestText &&
    value.isWellFormed() &&
    !value.includes('\u0000');
  if (!fits)
    throw new TokenRefused('claim', `The token's claim "${claim}" must be a text of 1 to ${longestText} characters.`);
  return value;
}

/** What is no address is as good as none: nobody is kept out for that. */
const emailClaim = (value: unknown): string | null =>
  typeof value === 'string' && isEmailAddress(value) ? value : null;

function roleClaim(value: unknown): Role {
  const role = roles.find((known) => known.toLowerCase() === value);
  if (role === undefined) {
    throw new TokenRefused('claim', 'The token\'s claim "role" must be "customer", "vendor" or "service".');
  }
  return role;
}
