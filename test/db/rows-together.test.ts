/** Rows that many answers ask for by id. */

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { bidsById } from '../../src/db/bids.ts';
import { userTopic } from '../../src/domain/topics.ts';
import { createTestDatabase } from '../support/database.ts';
import { createMarket } from '../support/market.ts';

const { db } = await createTestDatabase();
const market = createMarket(db);

it('of one turn are read by one statement, and everybody gets what it asked for, as it may see it', async () => {
  const orderId = await market.order(await market.customer());
  const [acme, bolt] = [await market.vendor(), await market.vendor()];
  const [ofAcme, ofBolt] = [await market.bid(acme, orderId, '1000'), await market.bid(bolt, orderId, '900')];
  let statements = 0;
  const unsafe = (text: string, ...rest: never[]): unknown => {
    statements += 1;
    return db.$client.unsafe(text, ...rest);
  };
  const counted = Object.assign(Object.create(db), { $client: { unsafe } }) as typeof db;

  const answers = await Promise.all([
    bidsById(counted, [ofAcme], userTopic(acme.id)),
    bidsById(counted, [ofBolt, randomUUID(), ofAcme], null),
    bidsById(counted, [randomUUID()], null),
  ]);
  expect(answers.map((rows) => rows.map(({ id }) => id))).toEqual([[ofAcme], [ofBolt, ofAcme], []]);
  expect(answers.map((rows) => rows.map(({ heads }) => heads.viewer !== null))).toEqual([[true], [false, false], []]);
  expect(statements).toBe(1);

  await bidsById(counted, [ofBolt], null);
  expect(statements).toBe(2);
});
