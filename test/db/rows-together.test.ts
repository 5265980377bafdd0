/** Rows that many answers ask for by id. */

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { bidsById } from '../../src/db/bids.ts';
import { rowsTogether } from '../../src/db/together.ts';
import { userTopic } from '../../src/domain/topics.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket } from '../support/market.ts';

const { db } = await createTestDatabase();
const market = createMarket(db);

/** The database, and how many statements it was sent. */
function counting() {
  let statements = 0;
  const unsafe = (text: string, ...rest: never[]): unknown => {
    statements += 1;
    return db.$client.unsafe(text, ...rest);
  };
  const counted = Object.assign(Object.create(db), { $client: { unsafe } }) as typeof db;
  return { counted, count: () => statements };
}

it('of one turn are read by one statement, and everybody gets what it asked for, as it may see it', async () => {
  const orderId = await market.order(await market.customer());
  const [acme, bolt] = [await market.vendor(), await market.vendor()];
  const [ofAcme, ofBolt] = [await market.bid(acme, orderId, '1000'), await market.bid(bolt, orderId, '900')];
  const { counted, count } = counting();

  const answers = await Promise.all([
    bidsById(counted, [ofAcme], userTopic(acme.id)),
    bidsById(counted, [ofBolt, randomUUID(), ofAcme], null),
    bidsById(counted, [randomUUID()], null),
  ]);
  expect(answers.map((rows) => rows.map(({ id }) => id))).toEqual([[ofAcme], [ofBolt, ofAcme], []]);
  expect(answers.map((rows) => rows.map(({ heads }) => heads.viewer !== null))).toEqual([[true], [false, false], []]);
  expect(count()).toBe(1);

  await bidsById(counted, [ofBolt], null);
  expect(count()).toBe(2);
});

it('that are asked for while a statement is on its way go into the next', async () => {
  const bidId = await market.bid(await market.vendor(), await market.order(await market.customer()), '1000');
  const { counted, count } = counting();
  const reading: Promise<{ id: string }[]>[] = [];
  for (let turn = 0; turn < 300; turn += 1) {
    reading.push(bidsById(counted, [bidId], null));
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const rows of await Promise.all(reading)) expect(rows.map(({ id }) => id)).toEqual([bidId]);
  expect(count()).toBeLessThan(300);
});

it('do not wait for a statement that takes long', async () => {
  const slow = randomUUID();
  const read = rowsTogether<{ id: string }>(
    sql`asked.id`,
    sql`, lateral (select case when asked.id = ${sql.raw(`'${slow}'`)} then pg_sleep(3) end offset 0) as slept(it)`,
  );
  const ended: string[] = [];
  const ask = (id: string): Promise<unknown> => read(db, [id], null).then(([row]) => ended.push(row?.id ?? 'none'));
  const first = ask(slow);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const quick = randomUUID();
  await Promise.all([first, ask(quick)]);
  expect(ended).toEqual([quick, slow]);
});
