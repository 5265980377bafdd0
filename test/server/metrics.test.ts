/** What Prometheus is told: it is read from what happens, and shows how many share an answer. */

import { expect, test, vi } from 'vitest';
import { patiently } from '../support/patiently.ts';
import { placeBid, postOrder, serve } from './serve.ts';
import { connect, operation } from './talk.ts';

const served = await serve();
const bids = 'subscription ($orderId: ID!) { bidPlaced(orderId: $orderId) { amount { amount } } }';

/** The numbers at /metrics by their names, but for those with labels. */
async function scrape(): Promise<Record<string, number>> {
  const text = await (await fetch(`${served.url}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

test('speaks the text format of Prometheus, to anyone, with nothing of anybody in it', async () => {
  const order = await postOrder(served, await served.token('casey', 'customer'));
  const response = await fetch(`${served.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  expect(text).toMatch(/^# HELP haggle_groups .+\n# TYPE haggle_groups gauge\nhaggle_groups \d+$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).not.toContain(order);
  expect(text).not.toContain('casey');
});

test('three who ask the same are one group, told by one answer', async () => {
  const order = await postOrder(served, await served.token('casey', 'customer'));
  const before = await scrape();
  const sockets = await Promise.all(
    ['ann', 'ben', 'cem'].map(async (vendor) => connect(served.url, await served.token(vendor, 'vendor'))),
  );
  for (const talking of sockets) talking.send(operation('1', bids, { orderId: order }));
  await vi.waitFor(async () => expect((await scrape())['haggle_grouped_subscribers']).toBe(3), patiently);
  await placeBid(served, await served.token('dan', 'vendor'), order, '100');
  for (const talking of sockets) expect((await talking.next()).type).toBe('next');

  const now = await scrape();
  const grown = (name: string): number => (now[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
  expect(now).toMatchObject({ haggle_groups: 1, haggle_largest_group: 3, haggle_sockets: 3, haggle_topics: 1 });
  expect(grown('haggle_answers_total')).toBe(1);
  expect(grown('haggle_deliveries_total')).toBe(3);
  expect(grown('haggle_commands_total')).toBe(1);
  expect(grown('haggle_batches_total')).toBe(1);
  expect(now['haggle_degraded']).toBe(0);

  for (const { socket } of sockets) socket.terminate();
  await vi.waitFor(async () => expect((await scrape())['haggle_sockets']).toBe(0), patiently);
  expect((await scrape())['haggle_groups']).toBe(0);
});
