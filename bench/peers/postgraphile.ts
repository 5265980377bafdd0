/**
 * PostGraphile on Haggle's own tables, with a function that writes what a bid writes. Nobody is asked for a token, and no
 * role or setting goes before each query: it would cost a transaction and three statements more.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { doAsAsked } from '../../test/crowd/child.ts';
import { usageDeeds } from '../usage.ts';

export type PostGraphileDeeds = typeof deeds;

const deeds = {
  ...usageDeeds,
  /** Answers the port. */
  async start(databaseUrl: string): Promise<number> {
    const preset = {
      extends: [PostGraphileAmberPreset],
      pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['bench'], poolConfig: { max: 16 } })],
      grafserv: { watch: false, graphiql: false, websockets: false },
      grafast: { explain: false },
    };
    const server = createServer();
    await postgraphile(preset).createServ(grafserv).addTo(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
    return (server.address() as AddressInfo).port;
  },
};

doAsAsked(deeds);
