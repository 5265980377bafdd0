/** A real HTTP server such as a host application has for webhooks; it keeps what it is sent. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };
/** Answers the request which is the nth, from 1. */
export type Answering = (response: ServerResponse, nth: number) => void;

export type Receiver = {
  url: string;
  requests: Received[];
  answer(answering: Answering): void;
};

export const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (response) => {
    response.writeHead(code, headers).end();
  };

/** On 127.0.0.1, until the file's last test: call it at the top of a file. */
export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  let answering = status(204);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      requests.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      answering(response, requests.length);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    requests,
    answer(next) {
      requests.length = 0;
      answering = next;
    },
  };
}
