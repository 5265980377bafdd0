/** In development anybody may be anybody: POST /dev/sign-in answers a token for whoever is named. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { signToken, TokenRefused, type TokenVerifier } from '../auth/token.ts';
import { answerJson, readText } from './answer.ts';

/** Only where the secret is one that the program made for itself, outside production. */
export type SignIn = { secret: string; issuer?: string | undefined; audience?: string | undefined };

const largestRequest = 16 * 1024;
const lifetime = 12 * 60 * 60;

/** Takes `{ sub, role, name? }`, only from pages of this server: another page's scripts get no token here. */
export async function answerSignIn(
  request: IncomingMessage,
  response: ServerResponse,
  { signIn, verify }: { signIn: SignIn; verify: TokenVerifier },
): Promise<void> {
  const refuse = (status: number, message: string) => answerJson(response, status, { message });
  if (request.method !== 'POST') return refuse(405, 'Sign in with POST.');
  if (!isSameOrigin(request)) return refuse(403, 'Only pages of this server may sign in.');
  if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json') return refuse(415, 'Send JSON.');
  const body = await readText(request, largestRequest);
  const user = body === undefined ? undefined : userIn(body);
  if (!user) return refuse(400, 'Send {"sub": "…", "role": "customer" | "vendor" | "service", "name": "…"}.');
  try {
    const token = await signToken({ ...signIn, ...user, expiresInSeconds: lifetime });
    const { name, role, expiresAt } = await verify(token);
    answerJson(response, 200, { token, name, role, expiresAt: new Date(expiresAt) });
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    refuse(400, error.message);
  }
}

function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (headers.origin === undefined) return true;
  return URL.parse(headers.origin)?.host === headers.host;
}

type User = { sub: string; role: 'customer' | 'vendor' | 'service'; name?: string };

function userIn(body: string): User | undefined {
  try {
    const { sub, role, name } = JSON.parse(body) as Record<string, unknown>;
    if (typeof sub !== 'string' || (role !== 'customer' && role !== 'vendor' && role !== 'service')) return undefined;
    if (name !== undefined && typeof name !== 'string') return undefined;
    return name === undefined ? { sub, role } : { sub, role, name };
  } catch {
    return undefined;
  }
}
