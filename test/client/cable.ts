/** A cable between a client and a server: TCP handed on as it is, until the test cuts it. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cable = {
  port: number;
  /** Breaks all connections, without a goodbye. */
  cut(): void;
  /** While it is unplugged, whoever connects is cut at once. */
  plugged: boolean;
  /** Connections so far. */
  connections(): number;
  close(): Promise<void>;
};

export async function createCable(target: number): Promise<Cable> {
  const ends = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    if (!cable.plugged) return void near.destroy();
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        ends.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const cable: Cable = {
    port: 0,
    plugged: true,
    cut: () => {
      for (const end of ends) end.resetAndDestroy();
    },
    connections: () => connections,
    async close() {
      cable.cut();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cable.port = (server.address() as AddressInfo).port;
  return cable;
}
