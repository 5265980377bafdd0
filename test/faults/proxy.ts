/** Stands between two programs as a bad network would: cuts, freezes, delays, half-opens, or lets nobody through. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Link = {
  port: number;
  /** Where connections go; may change, as a restarted server's port does. Null: nobody is there. */
  target: number | null;
  connections(): number;
  /** Resets the share (0 to 1) of connections that `random` chooses. Answers how many. */
  cut(share: number, random: () => number): number;
  /** From now on new connections are reset as well, until `open`. */
  shut(): void;
  open(): void;
  /** Nothing goes through either way and nobody is told, until `thaw`. Then all of it does. */
  freeze(): void;
  thaw(): void;
  /** Present connections lose everything from now on, and nobody is told. They never recover: cut them. */
  halfOpen(): void;
  /** Milliseconds that each piece takes; both ways and in order. */
  delay: number;
  close(): Promise<void>;
};

type Pair = { near: Socket; far: Socket; lost: boolean };

export async function createProxy(target: number | null = null): Promise<Link> {
  const pairs = new Set<Pair>();
  let shut = false;
  let frozen = false;

  const server = createServer((near) => {
    if (shut || proxy.target === null) {
      near.on('error', () => {});
      return void near.resetAndDestroy();
    }
    const far = connect({ port: proxy.target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    const pair: Pair = { near, far, lost: false };
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      let last = Promise.resolve();
      from.on('data', (piece: Buffer) => {
        if (pair.lost) return;
        if (proxy.delay === 0 && !late.has(from)) return push(from, to, piece);
        late.add(from);
        const turn = last.then(() => rest(proxy.delay)).then(() => push(from, to, piece));
        last = turn;
        void turn.then(() => last === turn && late.delete(from));
      });
      from.on('error', () => {});
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    if (frozen) pause(pair);
  });
  const late = new WeakSet<Socket>();

  const pause = ({ near, far }: Pair): void => void [near, far].map((socket) => socket.pause());
  const reset = ({ near, far }: Pair): void => void [near, far].map((socket) => socket.resetAndDestroy());

  /** What does not drain is not read either: backpressure passes through, as it does through a network. */
  function push(from: Socket, to: Socket, piece: Buffer): void {
    if (to.destroyed || to.write(piece)) return;
    from.pause();
    to.once('drain', () => frozen || from.resume());
  }

  const proxy: Link = {
    port: 0,
    target,
    delay: 0,
    connections: () => pairs.size,
    cut(share, random) {
      const chosen = [...pairs].filter(() => random() < share);
      for (const pair of chosen) reset(pair);
      return chosen.length;
    },
    shut() {
      shut = true;
      for (const pair of pairs) reset(pair);
    },
    open() {
      shut = false;
    },
    freeze() {
      frozen = true;
      for (const pair of pairs) pause(pair);
    },
    thaw() {
      frozen = false;
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.resume();
    },
    halfOpen() {
      for (const pair of pairs) pair.lost = true;
    },
    async close() {
      for (const pair of pairs) reset(pair);
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server without a port');
  proxy.port = address.port;
  return proxy;
}

const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
