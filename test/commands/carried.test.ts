/** What rings carry along of orders and bids: no more than reading them would cost. */

import { expect, it } from 'vitest';
import type { Appended } from '../../src/domain/history.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done } from '../support/market.ts';

const { db } = await createTestDatabase();
const rung: Appended[] = [];
const market = createMarket(db, (appended) => rung.push(appended));

/** Characters of all that was rung last, as each topic of it is told. */
const carried = (): number => {
  const { entries, snapshots } = rung.at(-1) as Appended;
  return new Set(entries.map(({ topic }) => topic)).size * JSON.stringify(snapshots).length;
};

it('a bid goes along with its event', async () => {
  const orderId = await market.order(await market.customer());
  await market.bid(await market.vendor(), orderId, '10');
  expect(Object.keys(rung.at(-1)?.snapshots ?? {})).toEqual([orderId]);
});

it('the bids of all who lost do not go along to each of them', async () => {
  const customer = await market.customer();
  const orderId = await market.order(customer);
  const vendors = await market.vendors(100);
  await Promise.all(vendors.map((vendor) => market.bid(vendor, orderId, '10')));
  done(await market.commands.cancelOrder(customer, { orderId }));
  expect(new Set(rung.at(-1)?.entries.map(({ topic }) => topic)).size).toBe(104);
  expect(carried()).toBeLessThan(300_000);
});
