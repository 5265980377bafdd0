/** Ends a user's mails by the link that stands in them: with one click of its mail program (RFC 8058), or on a page. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { answer } from './answer.ts';

/** Answers whether the token is one that was sent to anybody. */
export type EndMails = (token: string) => Promise<boolean>;

const form = /^\/unsubscribe\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export const isUnsubscribe = (path: string): boolean => path.startsWith('/unsubscribe/');

/** A GET changes nothing: programs that look for viruses follow links. A POST ends the mails, whatever its body. */
export async function answerUnsubscribe(
  request: IncomingMessage,
  response: ServerResponse,
  { path, endMails, log }: { path: string; endMails: EndMails; log: Log },
): Promise<void> {
  request.resume();
  const token = form.exec(path)?.[1];
  if (request.method === 'GET' || request.method === 'HEAD') return answerPage(response, 200, question);
  if (request.method !== 'POST') return answerPage(response, 405, unknown);
  try {
    const ended = token !== undefined && (await endMails(token));
    answerPage(response, ended ? 200 : 404, ended ? done : unknown);
  } catch (error) {
    // Not as other requests: its path must not get into the log.
    log.error({ err: error }, 'mails could not be ended');
    answerPage(response, 503, later);
  }
}

const question = `<h1>No more mails?</h1>
<p>You will not be told by mail any more of what happens while you are away.</p>
<form method="post"><button>No more mails</button></form>`;
const done = '<h1>No more mails</h1>\n<p>You can switch them on again in your preferences.</p>';
const unknown = '<h1>This link does not work</h1>\n<p>It may be incomplete. Copy all of it from the mail.</p>';
const later = '<h1>It did not work</h1>\n<p>Please try again in a moment.</p>';

const answerPage = (response: ServerResponse, status: number, main: string): void =>
  answer(response, status, 'text/html', page(main), {
    // The address is a secret of its user's, and the button must not be pressed from within another page.
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'x-robots-tag': 'noindex',
  });

const page = (main: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mails</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
  body { max-width: 30rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  button { font: inherit; padding: 0.5rem 1rem; }
</style>
${main}
</html>
`;
