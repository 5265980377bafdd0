/** Everything that a scenario needs: a cluster with a market on it, and readers whose cursors are known. */

import { type Cluster, rest, startCluster } from './cluster.ts';
import { createPeople, identify, type Order, type Person, postOrder, readAs, urlsOf } from './market.ts';
import { openReader, type Reader, type Reading } from './reader.ts';
import { startWriters, type Writers } from './writers.ts';

export type Stage = {
  cluster: Cluster;
  random: () => number;
  customers: Person[];
  vendors: Person[];
  busy: Order[];
  /** Where nobody bids but a fault, once, and then never again until the next. */
  quiet: Order[];
  readers: Reader[];
  heads: Map<string, number>;
  write(rate: number): Writers;
  close(): Promise<void>;
};

export type Size = { processes: number; customers: number; vendors: number; busy: number; open: number; quiet: number };
export const whole: Size = { processes: 3, customers: 20, vendors: 90, busy: 60, open: 6, quiet: 12 };
export const small: Size = { processes: 2, customers: 4, vendors: 8, busy: 6, open: 2, quiet: 3 };

/** One reader of so many comes by server-sent events. */
const everyByStream = 6;

export async function setStage(size: Size, random: () => number): Promise<Stage> {
  const cluster = await startCluster({ processes: size.processes });
  const urls = (): string[] => urlsOf(cluster.processes);
  let over = false;
  const options = { urls, random, isOver: () => over };
  const customers = await createPeople('customer', size.customers, options);
  const vendors = await createPeople('vendor', size.vendors, options);
  await identify([...customers, ...vendors], cluster.sql());
  const orders = await Promise.all(
    Array.from({ length: size.busy + size.quiet }, (_, nth) =>
      postOrder(customers[nth % size.customers] as Person, nth < size.open ? 'OPEN' : 'RANK'),
    ),
  );
  const [busy, quiet] = [orders.slice(0, size.busy), orders.slice(size.busy)];
  const readings = planReaders({ customers, vendors, busy, quiet });
  const heads = new Map(
    (await cluster.sql()<{ topic: string; head: number }[]>`select topic, head::int from topics`).map(
      ({ topic, head }) => [topic, head],
    ),
  );
  const readers: Reader[] = [];
  for (const [nth, reading] of readings.entries()) {
    const after = await cursorFor(urls()[0] ?? '', reading);
    readers.push(openReader(reading, { urls, after, random, by: nth % everyByStream === 0 ? 'SSE' : 'WebSocket' }));
  }
  await Promise.all(readers.map(({ joined }) => joined));
  const people = [...customers, ...vendors];
  let hundredths = 1e9;
  const price = (): string => {
    hundredths -= 1;
    return (hundredths / 100).toFixed(2);
  };

  return {
    cluster,
    random,
    customers,
    vendors,
    busy,
    quiet,
    readers,
    heads,
    write: (rate) => startWriters({ vendors: vendors.slice(1), customers, busy, rate, random, price }),
    async close() {
      over = true;
      await Promise.all(readers.map((reader) => reader.stop()));
      for (const person of people) person.close();
      await rest(50);
      await cluster.close();
    },
  };
}

/** Every order twice by its customer, OPEN ones by vendors, all customers' own streams, the market, all rounds. */
function planReaders({
  customers,
  vendors,
  busy,
  quiet,
}: Pick<Stage, 'customers' | 'vendors' | 'busy' | 'quiet'>): Reading[] {
  const none = { orderId: null, ofOrder: null, party: null };
  const of = ({ sub, token }: Person) => ({ who: sub, token });
  const byOrder = ({ id, uuid, owner }: Order): Reading => ({
    ...none,
    ...of(owner),
    kind: 'bidPlaced',
    orderId: id,
    topic: `order:${uuid}`,
  });
  return [
    ...[...busy, ...quiet].flatMap((order) => [byOrder(order), byOrder(order)]),
    ...busy.slice(0, customers.length).map((order) => ({ ...byOrder(order), kind: 'negotiationRequested' })),
    ...busy
      .filter(({ visibility }) => visibility === 'OPEN')
      .flatMap(({ id, uuid }) =>
        vendors.slice(0, 8).map((vendor) => ({
          ...none,
          ...of(vendor),
          kind: 'bidPlaced',
          orderId: id,
          topic: `order:${uuid}:vendors`,
        })),
      ),
    ...customers.map((customer) => ({
      ...none,
      ...of(customer),
      kind: 'bidPlaced',
      topic: `user:${customer.id}`,
      party: 'CUSTOMER' as const,
    })),
    ...vendors.slice(0, 60).map((vendor) => ({
      ...none,
      ...of(vendor),
      kind: 'negotiationRequested',
      topic: `user:${vendor.id}`,
      party: 'VENDOR' as const,
    })),
    ...vendors.slice(0, 40).map((vendor, nth) => ({
      ...none,
      ...of(vendor),
      kind: nth % 2 === 0 ? 'orderUpdated' : 'orderOpened',
      topic: 'market',
    })),
  ];
}

async function cursorFor(url: string, { token, orderId }: Reading): Promise<string> {
  if (orderId === null) return (await readAs(url, { token }, '{ orders { cursor } }')).orders.cursor;
  const query = 'query ($id: ID!) { order(id: $id) { cursor } }';
  return (await readAs(url, { token }, query, { id: orderId })).order.cursor;
}
