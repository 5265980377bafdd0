/** A bidder's connection, as cheap as it can be: what drives the load must not be what is measured. */

import { connect, type Socket } from 'node:net';

const host = '127.0.0.1';

/** Whether the bid was accepted. */
export type OnAnswer = (accepted: boolean) => void;

export type Bidder = {
  /** One at a time over HTTP; over a socket as many as come. `body` is the JSON of a GraphQL request. */
  send(body: string, onAnswer: OnAnswer): void;
  close(): void;
};

/** HTTP/1.1 on one kept connection; whoever sends before the last answer waits its turn. */
export async function httpBidder(port: number, token: string | null): Promise<Bidder> {
  const socket = await opened(port);
  const authorization = token === null ? '' : `authorization: Bearer ${token}\r\n`;
  const head =
    `POST /graphql HTTP/1.1\r\nhost: ${host}:${port}\r\n${authorization}` +
    'content-type: application/json\r\naccept: application/json\r\ncontent-length: ';
  const waiting: { body: string; onAnswer: OnAnswer }[] = [];
  let received = Buffer.alloc(0);

  function write(body: string): void {
    socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const body = bodyOf(received);
    if (body === null) return;
    received = Buffer.alloc(0);
    const answered = waiting.shift();
    const next = waiting[0];
    if (next) write(next.body);
    answered?.onAnswer(isAccepted(body));
  });

  return {
    send(body, onAnswer) {
      waiting.push({ body, onAnswer });
      if (waiting.length === 1) write(body);
    },
    close: () => socket.destroy(),
  };
}

/** The body of a whole response, whether its length is told or it comes in chunks; null until all of it is there. */
function bodyOf(received: Buffer): string | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = received.toString('latin1', 0, end);
  const length = /content-length: *(\d+)/i.exec(head)?.[1];
  const body = received.subarray(end + 4);
  if (length !== undefined) return body.length >= Number(length) ? body.toString() : null;
  const text = body.toString();
  return text.endsWith('0\r\n\r\n') ? text : null;
}

/** graphql-transport-ws on a WebSocket, frame by frame: a mask of zeros leaves what is sent as it is. */
export async function socketBidder(port: number, token: string | null): Promise<Bidder> {
  const socket = await opened(port);
  const asked = new Map<string, OnAnswer>();
  let count = 0;
  let received = Buffer.alloc(0);
  let onReady: () => void;
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });

  socket.write(
    `GET /graphql HTTP/1.1\r\nhost: ${host}:${port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'sec-websocket-protocol: graphql-transport-ws\r\n\r\n',
  );
  let upgraded = false;
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (!upgraded) {
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      upgraded = true;
      received = received.subarray(end + 4);
      socket.write(maskedFrame(JSON.stringify({ type: 'connection_init', payload: { token } })));
    }
    for (let frame = frameIn(received); frame !== null; frame = frameIn(received)) {
      received = received.subarray(frame.size);
      if (frame.kind === pingFrame) socket.write(pong);
      else if (frame.kind === textFrame) hear(frame.text);
    }
  });

  function hear(text: string): void {
    if (text.startsWith('{"type":"connection_ack"')) return onReady();
    const [, id = '', type] = /^\{"id":"(\d+)","type":"(\w+)"/.exec(text) ?? [];
    if (type !== 'next' && type !== 'error') return;
    const onAnswer = asked.get(id);
    asked.delete(id);
    onAnswer?.(type === 'next' && isAccepted(text));
  }

  await ready;
  return {
    send(body, onAnswer) {
      count += 1;
      asked.set(String(count), onAnswer);
      socket.write(maskedFrame(`{"id":"${count}","type":"subscribe","payload":${body}}`));
    },
    close: () => socket.destroy(),
  };
}

const isAccepted = (answer: string): boolean => answer.includes('"revision":');

const textFrame = 1;
const pingFrame = 9;
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

function maskedFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const long = length < 126 ? 0 : 2;
  const frame = Buffer.alloc(2 + long + 4 + length);
  frame[0] = 0x80 | textFrame;
  frame[1] = 0x80 | (long ? 126 : length);
  if (long) frame.writeUInt16BE(length, 2);
  frame.write(text, 2 + long + 4);
  return frame;
}

/** The first frame, if it has come whole. None that a server sends here is longer than 64 kB. */
function frameIn(received: Buffer): { kind: number; text: string; size: number } | null {
  if (received.length < 2) return null;
  const short = (received[1] ?? 0) & 0x7f;
  const start = short === 126 ? 4 : 2;
  if (received.length < start) return null;
  const size = start + (short === 126 ? received.readUInt16BE(2) : short);
  if (received.length < size) return null;
  return { kind: (received[0] ?? 0) & 0x0f, text: received.toString('utf8', start, size), size };
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => {
      socket.off('error', reject);
      // The server ends before the load does: what counts was answered by then.
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
