/** What every server but Haggle answers to: where it listens, what it uses, and that something is to be told. */

import type { AddressInfo, Server } from 'node:net';
import { doAsAsked } from '../../test/crowd/child.ts';
import { type UsageDeeds, usageDeeds } from '../usage.ts';

export type PeerDeeds = UsageDeeds & {
  /** Answers the port. */
  start(options: { redisUrl: string }): Promise<number>;
  /** Tells whoever follows the topic so many events, all within one turn. */
  publish(topic: string, count: number): void;
};

/** To be called once, by a peer's program. */
export function serve(peer: {
  start(options: { redisUrl: string }): Promise<Server>;
  publish(topic: string): void;
}): void {
  const deeds: PeerDeeds = {
    ...usageDeeds,
    async start(options) {
      const server = await peer.start(options);
      if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
      return (server.address() as AddressInfo).port;
    },
    publish(topic, count) {
      for (let nth = 0; nth < count; nth += 1) peer.publish(topic);
    },
  };
  doAsAsked(deeds);
}
