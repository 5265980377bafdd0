/** How a subscriber comes and what it counts: told to the load generators as data, by whoever knows the peer. */

import { randomUUID } from 'node:crypto';

export type Step = {
  say: string;
  /** What the answer contains that it waits for; unset: it does not wait. */
  until?: string;
};

export type Plan = {
  port: number;
  /** The HTTP request with which it begins. */
  request: string;
  /** What comes back: frames of a WebSocket, or lines of server-sent events. */
  kind: 'frames' | 'lines';
  /** What it says once it is connected, one after the other. */
  steps: Step[];
  /** What the beginning of an event contains; of `lines`: what each event contains once. */
  mark: string;
  /** Questions that it is asked now and then, and what it answers. */
  replies: Record<string, string>;
};

const upgrade = (port: number, path: string, protocol?: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${Buffer.from(randomUUID()).toString('base64').slice(0, 22)}==`,
    'Sec-WebSocket-Version: 13',
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    '\r\n',
  ].join('\r\n');

type Operation = { query: string; variables: object };

/** As graphql-ws's client does: a random id for each operation. */
export function graphqlPlan(port: number, operation: Operation, token?: string): Plan {
  const init = { type: 'connection_init', payload: token === undefined ? {} : { token } };
  return {
    port,
    request: upgrade(port, '/graphql', 'graphql-transport-ws'),
    kind: 'frames',
    steps: [
      { say: JSON.stringify(init), until: 'connection_ack' },
      { say: JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: operation }) },
    ],
    mark: '"type":"next"',
    replies: { '{"type":"ping"}': '{"type":"pong"}' },
  };
}

export function ssePlan(port: number, operation: Operation, token: string): Plan {
  const body = JSON.stringify(operation);
  const request = [
    'POST /graphql HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Accept: text/event-stream',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
  return { port, request, kind: 'lines', steps: [], mark: 'event: next', replies: {} };
}

export const rawPlan = (port: number, topic: string): Plan => ({
  port,
  request: upgrade(port, `/${topic}`),
  kind: 'frames',
  steps: [],
  mark: '"type":"next"',
  replies: {},
});

/** Engine.IO's packets (0 open, 2 ping, 3 pong, 4 message) around Socket.IO's (40 connect, 42 event). */
export const socketIoPlan = (port: number, topic: string): Plan => ({
  port,
  request: upgrade(port, '/socket.io/?EIO=4&transport=websocket'),
  kind: 'frames',
  steps: [{ say: '40', until: '40{"sid"' }, { say: JSON.stringify(['join', topic]).replace(/^/, '42') }],
  mark: '42["bidPlaced"',
  replies: { '2': '3' },
});
