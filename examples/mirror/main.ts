/**
 * A back end that mirrors the host application's orders into a file, and misses nothing and doubles nothing whenever it is
 * killed. `npm run mirror -- [FILE]`, with HAGGLE_URL and AUTH_SECRET, or for a while HAGGLE_TOKEN, of a service.
 */

import { createHaggleClient } from '../../client/urql/client.ts';
import { sign } from '../sign.ts';
import { startMirror } from './mirror.ts';
import { openStore } from './store.ts';

const { HAGGLE_URL: url = 'http://localhost:4000/graphql', HAGGLE_TOKEN: given, AUTH_SECRET: secret } = process.env;
const [file = 'mirror.json'] = process.argv.slice(2);

/** Asked before each connection: with the secret there is always a fresh one. */
function token(): string {
  if (secret) return sign(secret, { sub: 'mirror', role: 'service', name: 'Mirror' });
  if (given) return given;
  throw new Error('Set HAGGLE_TOKEN to a token of a service, or AUTH_SECRET to what the API was started with.');
}

token();
const store = await openStore(file);
const client = createHaggleClient({ url, token });

async function leave(code: number): Promise<never> {
  await client.close();
  await store.save();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave(0));

startMirror(client, store, console.log).failed.catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return leave(1);
});
