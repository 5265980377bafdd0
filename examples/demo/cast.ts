/** Who plays: some customers, a dozen vendors and a back office, each with a client, and so a socket, of its own. */

import { randomBytes } from 'node:crypto';
import { createHaggleClient, type HaggleClient } from '../../client/urql/client.ts';
import type { Claims } from '../sign.ts';
import type { Stage } from './server.ts';
import { tokenFor } from './tokens.ts';

export type Person = { name: string; role: Claims['role']; client: HaggleClient };

export type Cast = {
  customers: Person[];
  vendors: Person[];
  office: Person;
  everyone: Person[];
  leave(): Promise<void>;
};

const names = {
  customer: ['Hotel Alma', 'Café Central', 'Studio Lin'],
  vendor: [
    ...['Ahornwerk', 'Brightline', 'Cedar & Sons', 'Delta Forge', 'Eichenhof', 'Fjordlys'],
    ...['Granit Bros', 'Holm Timber', 'Iron Oak', 'Juniper', 'Kestrel', 'Lumen Works'],
  ],
  service: ['Back office'],
} as const;

export async function gather(stage: Stage): Promise<Cast> {
  // New users each time: what an earlier run left on the server is nobody's here.
  const run = randomBytes(4).toString('hex');
  const enter = (role: Claims['role']) =>
    Promise.all(
      names[role].map(async (name, number): Promise<Person> => {
        const url = role === 'vendor' ? stage.vendors : stage.customers;
        const token = await tokenFor(stage, url, { sub: `demo-${run}-${role}-${number + 1}`, role, name });
        // Who bids often does so over the socket that it listens on.
        const mutationsOver = role === 'vendor' ? 'socket' : 'http';
        return { name, role, client: createHaggleClient({ url, token: () => token, mutationsOver }) };
      }),
    );
  const customers = await enter('customer');
  const vendors = await enter('vendor');
  const [office] = await enter('service');
  const everyone = [...customers, ...vendors, office!];
  return {
    customers,
    vendors,
    office: office!,
    everyone,
    leave: async () => void (await Promise.all(everyone.map(({ client }) => client.close()))),
  };
}
