/** What is written to many sockets in the same memory reaches each as it was made for it, also whoever does not read for a while. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/pubsub/group.ts';
import { frameOf, inMessage } from '../../src/server/frame.ts';
import { createFlusher, Frames } from '../../src/server/frames.ts';

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const ends: Socket[] = [];
afterAll(() => {
  for (const end of ends) end.destroy();
  server.close();
});

const flusher = createFlusher();

/** Both ends of a connection: what is written on one, and what is read at the other. */
async function open() {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const reader = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [connection] = await accepted;
  ends.push(reader, connection);
  let isOpen = true;
  const frames = new Frames(connection, { isOpen: () => isOpen, taken: () => {} }, flusher);
  function close(): void {
    isOpen = false;
  }
  const read: Buffer[] = [];
  reader.on('data', (chunk) => read.push(chunk));
  return { frames, reader, close, messages: () => messagesIn(Buffer.concat(read)) };
}

/** Of whole frames that are not masked. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const [start, length] = short < 126 ? [at + 2, short] : [at + 4, bytes.readUInt16BE(at + 2)];
    messages.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return messages;
}

function answerOf(nth: number): Answer {
  const text = JSON.stringify({ nth, filling: String(nth % 10).repeat(3_000) });
  return { text, bytes: Buffer.from(text), ends: false };
}

const nextOf = (id: string, { text }: Answer): string => `{"id":${JSON.stringify(id)},"type":"next","payload":${text}}`;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('frames', () => {
  it('of one event reach each operation with its own id, however long', async () => {
    const ids = ['a', 'b', 'longer', 'ünï', 'c'];
    const readers: Awaited<ReturnType<typeof open>>[] = [];
    for (const _ of ids) readers.push(await open());
    const expected = ids.map((): string[] => []);
    for (const answers of [[answerOf(1)], [answerOf(2), answerOf(3)], [answerOf(4)]]) {
      for (const [nth, id] of ids.entries()) {
        expect(readers[nth]?.frames.tell(inMessage(id), answers)).toBe(answers.length);
        expected[nth]?.push(...answers.map((answer) => nextOf(id, answer)));
      }
      await turn();
    }
    for (const [nth, reader] of readers.entries()) {
      await expect.poll(reader.messages).toEqual(expected[nth]);
    }
  });

  it('keep their order among other messages of the same turn', async () => {
    const { frames, messages } = await open();
    frames.tell(inMessage('a'), [answerOf(1)]);
    frames.write(frameOf('{"type":"pong"}'));
    frames.tell(inMessage('b'), [answerOf(1)]);
    await expect.poll(messages).toEqual([nextOf('a', answerOf(1)), '{"type":"pong"}', nextOf('b', answerOf(1))]);
  });

  it('that a reader has not taken yet are not written over by those of others', async () => {
    const [slow, quick] = [await open(), await open()];
    slow.reader.pause();
    const told: string[] = [];
    for (let nth = 0; slow.frames.unsent() < 16_384; nth += 1) {
      const answers = [answerOf(nth)];
      if (slow.frames.tell(inMessage('slow'), answers) === 1) told.push(nextOf('slow', answerOf(nth)));
      quick.frames.tell(inMessage('fast'), answers);
      await turn();
    }
    for (let nth = 0; nth < 50; nth += 1) {
      quick.frames.tell(inMessage('fast'), [answerOf(nth)]);
      await turn();
    }
    slow.reader.resume();
    await expect.poll(() => slow.messages().length, { timeout: 10_000 }).toBe(told.length);
    expect(slow.messages()).toEqual(told);
  });

  it('of one that is gone are all taken: it is not asked again for the rest', async () => {
    const { frames, close } = await open();
    const answers = Array.from({ length: 30 }, (_, nth) => answerOf(nth));
    expect(frames.tell(inMessage('a'), answers)).toBeLessThan(30);
    expect(frames.tell(inMessage('a'), answers)).toBe(0);
    close();
    expect(frames.tell(inMessage('a'), answers)).toBe(30);
  });
});
