/** GraphiQL as one page that needs nothing from elsewhere, with example operations, and in development a sign-in bar. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { readExamples } from './graphiql/examples.ts';

/** All scripts and styles are within the page, and nothing may be asked of any other server. */
const policy = [
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * GraphiQL lets tabs be dragged, and takes each press for the beginning of that: the tab leaps aside from under the pointer,
 * and is never chosen.
 */
const tabsStay = '.graphiql-tab { transform: none !important; }';

type Page = { compressed: Buffer; etag: string };

/** The page is made when it is first asked for: it is nine megabytes of script, which no API client ever needs. */
export function createGraphiQL(options: {
  withSignIn: boolean;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let made: Promise<Page> | undefined;

  return async (request, response) => {
    made ??= makePage(options.withSignIn);
    const page = await made.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      vary: 'accept, accept-encoding',
      etag: page.etag,
    };
    if (request.headers['if-none-match'] === page.etag) {
      response.writeHead(304, headers).end();
    } else if (String(request.headers['accept-encoding']).includes('gzip')) {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': page.compressed.length });
      response.end(page.compressed);
    } else {
      response.writeHead(200, headers);
      // A client that leaves in the middle is nobody's failure.
      await pipeline(Readable.from([page.compressed]), createGunzip(), response).catch(() => response.destroy());
    }
  };
}

async function makePage(withSignIn: boolean): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Haggle',
    endpoint: '/graphql',
    defaultTabs: await readExamples(),
    defaultEditorToolsVisibility: 'variables',
    shouldPersistHeaders: false,
  });
  const styled = page.replace('<head>', `<head><style>${tabsStay}</style>`);
  const html = withSignIn ? styled.replace('<head>', await signInBar()) : styled;
  return {
    compressed: await promisify(gzip)(html),
    etag: `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`,
  };
}

async function signInBar(): Promise<() => string> {
  const [script, style] = await Promise.all(['sign-in-bar.js', 'sign-in-bar.css'].map(readPart));
  return () => `<head><style>${style}</style><script>${script}</script>`;
}

const readPart = (name: string): Promise<string> => readFile(new URL(`./graphiql/${name}`, import.meta.url), 'utf8');
