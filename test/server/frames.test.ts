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

type Ends = Awaited<ReturnType<typeof open>>;

/** Of whole frames that are not masked. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [start, length] = extentOf(bytes, at);
    messages.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return messages;
}

/** Where the message of a frame starts, and its length. */
function extentOf(bytes: Buffer, at: number): [start: number, length: number] {
  const short = bytes.readUInt8(at + 1);
  if (short < 126) return [at + 2, short];
  return short === 126 ? [at + 4, bytes.readUInt16BE(at + 2)] : [at + 10, Number(bytes.readBigUInt64BE(at + 2))];
}

function answerOf(nth: number): Answer {
  const text = JSON.stringify({ nth, filling: String(nth % 10).repeat(3_000) });
  return { text, bytes: Buffer.from(text), ends: false };
}

function answerWith(filling: string): Answer {
  const text = JSON.stringify(filling);
  return { text, bytes: Buffer.from(text), ends: false };
}

const nextOf = (id: string, { text }: Answer): string => `{"id":${JSON.stringify(id)},"type":"next","payload":${text}}`;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('frames', () => {
  it('of one event reach each operation with its own id, however long', async () => {
    const ids = ['a', 'b', 'longer', 'ünï', 'c'];
    const readers: Ends[] = [];
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

  it.each([125, 126, 65_535, 65_536])('around messages of %i bytes say how long they are', async (length) => {
    const readers = [await open(), await open(), await open()];
    const ids = ['one', 'two', 'drei'];
    const filling = 'x'.repeat(length - nextOf('one', answerWith('')).length);
    const answers = [answerWith(filling)];
    for (const [nth, id] of ids.entries()) readers[nth]?.frames.tell(inMessage(id), answers);
    await turn();
    for (const [nth, id] of ids.entries()) {
      await expect.poll(() => readers[nth]?.messages()).toEqual([nextOf(id, answerWith(filling))]);
    }
  });

  it('keep their order among other messages of the same turn', async () => {
    const { frames, messages } = await open();
    frames.tell(inMessage('a'), [answerOf(1)]);
    frames.write(frameOf('{"type":"pong"}'));
    frames.tell(inMessage('b'), [answerOf(1)]);
    await expect.poll(messages).toEqual([nextOf('a', answerOf(1)), '{"type":"pong"}', nextOf('b', answerOf(1))]);
  });

  it('that readers have not taken yet are not written over by those of others', async () => {
    const quick = await open();
    const slow: (Ends & { id: string; told: string[] })[] = [];
    for (const id of ['slow', 'late', 'last']) {
      const reader = await open();
      reader.reader.pause();
      slow.push({ ...reader, id, told: [] });
    }
    const isWaiting = () => slow.some(({ frames }) => frames.unsent() < 16_384);
    for (let nth = 0; isWaiting(); nth += 1) {
      const answers = [answerOf(nth)];
      for (const { id, frames, told } of slow) {
        if (frames.tell(inMessage(id), answers) === 1) told.push(nextOf(id, answerOf(nth)));
      }
      quick.frames.tell(inMessage('fast'), answers);
      await turn();
    }
    for (let nth = 0; nth < 50; nth += 1) {
      quick.frames.tell(inMessage('fast'), [answerOf(nth)]);
      await turn();
    }
    for (const { reader } of slow) reader.resume();
    for (const { messages, told } of slow) {
      await expect.poll(() => messages().length, { timeout: 10_000 }).toBe(told.length);
      expect(messages()).toEqual(told);
    }
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
