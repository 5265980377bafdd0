/** One face for a subscription's stream, over either transport. */

import type { Payload } from './talk.ts';
import { connect, operation } from './talk.ts';

export type Stream = {
  /** The next result; null when the server has completed. */
  next(): Promise<Payload | null>;
  /** Goes without a word. */
  leave(): void;
};
type Options = { token?: string | undefined; variables?: Record<string, unknown> };

export async function streamBySocket(url: string, query: string, { token, variables }: Options): Promise<Stream> {
  const talking = await connect(url, token);
  talking.send(operation('1', query, variables));
  return {
    async next() {
      const frame = await talking.next();
      if (frame.type === 'complete') return null;
      if (frame.type !== 'next') throw new Error(`Expected a result, got ${JSON.stringify(frame)}`);
      return frame.payload as Payload;
    },
    leave: () => talking.socket.terminate(),
  };
}

export async function streamBySse(url: string, query: string, { token, variables }: Options): Promise<Stream> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    signal: leaving.signal,
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  if (!response.body || response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  // Read from now on: a body that nobody reads is ended, as if it were whole, when its response is collected as garbage.
  const messages = messagesOf(response.body.values());
  return {
    async next() {
      const { value, done } = await messages.next();
      return done ? null : value;
    },
    leave: () => leaving.abort(),
  };
}

/** Comments keep the line open and say nothing. */
async function* messagesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Payload, null> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      if (lines.includes('event: complete')) return null;
      const data = lines.find((line) => line.startsWith('data: '));
      if (data) yield JSON.parse(data.slice(6)) as Payload;
    }
  }
  throw new Error('The stream was cut off.');
}
