/** One connection of server-sent events, read by hand as a line of a WebSocket is. It never comes back. */

import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Answer, Line } from './line.ts';

/** Milliseconds: until the answer begins. */
const patience = 3_000;

/** Carries one operation. A stream says nothing of its own accord, so one that is half open is only found when it is cut. */
export function openStream(url: string, token: string): Omit<Line, 'ask'> {
  const closing = Promise.withResolvers<{ code: number }>();
  let asked: ClientRequest | undefined;
  let answering: IncomingMessage | undefined;

  return {
    listen(query, variables, { next, end }) {
      const asking = request(url, {
        method: 'POST',
        headers: {
          accept: 'text/event-stream',
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
        },
        // A connection of its own, as a browser's stream is.
        agent: false,
      });
      asked = asking;
      const late = setTimeout(() => asking.destroy(), patience);
      asking.on('error', () => {});
      asking.on('close', () => {
        clearTimeout(late);
        closing.resolve({ code: answering?.statusCode ?? 0 });
        end();
      });
      asking.on('response', (answer) => {
        clearTimeout(late);
        answering = answer;
        answer.on('error', () => {});
        if (answer.statusCode !== 200) return void answer.resume();
        read(answer, next, () => asking.destroy());
      });
      asking.end(JSON.stringify({ query, variables }));
      return () => asking.destroy();
    },
    pause: () => void answering?.pause(),
    resume: () => void answering?.resume(),
    closed: closing.promise,
    close() {
      if (asked) asked.destroy();
      else closing.resolve({ code: 0 });
    },
  };
}

/** Comments keep the connection open and say nothing. */
function read(answer: IncomingMessage, next: (answer: Answer) => void, complete: () => void): void {
  let text = '';
  answer.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      if (lines.includes('event: complete')) return complete();
      const data = lines.find((line) => line.startsWith('data: '));
      if (data) next(JSON.parse(data.slice(6)) as Answer);
    }
  });
}
