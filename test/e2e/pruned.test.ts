/** What a client with an old cursor meets after pruning: where it can go on from, and from there everything. */

import { expect, test } from 'vitest';
import { prune } from '../../src/jobs/prune.ts';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { cursorOf, placeBid, postOrder, read, subscription } from './documents.ts';
import { type Person, person, subscribe, type Transport, transports } from './outside.ts';

const { url: databaseUrl, db } = await createTestDatabase();
const api = await startApi({ databaseUrl });
const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');

const markRead = `mutation ($upTo: Cursor!) { markNotificationsRead(input: { upTo: $upTo }) {
  ... on MarkNotificationsReadPayload { unreadNotifications } } }`;

/** Two orders with a bid are of last year, and read since; the third is of today. */
const before = { casey: await cursorOf(api, casey), vera: await cursorOf(api, vera) };
const orders: { id: string; cursor: string }[] = [];
for (const title of ['First', 'Second', 'Third']) {
  if (title === 'Third') {
    await read(api, casey, markRead, { upTo: await cursorOf(api, casey) });
    await db.$client`update events set at = at - interval '1 year'`;
  }
  const id = await postOrder(api, casey, { title });
  orders.push({ id, cursor: await cursorOf(api, casey, id) });
  await placeBid(api, vera, id, '100');
}
await prune({ db, eventRetentionDays: 30 });

type Kind = 'orderOpened' | 'bidPlaced';

async function expired(transport: Transport, who: Person, kind: Kind, after: string): Promise<string> {
  const stream = subscribe(transport, api, who, subscription(kind), { after });
  const { errors } = await stream.next();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['CURSOR_EXPIRED']);
  await stream.over();
  stream.stop();
  return String(errors?.[0]?.extensions['oldest']);
}

test.each(transports)('a cursor older than what is kept is told the oldest that works, over %s', async (transport) => {
  for (const [who, kind, cursor] of [
    [vera, 'orderOpened', before.vera],
    [casey, 'bidPlaced', before.casey],
  ] as const) {
    const oldest = await expired(transport, who, kind, cursor);
    const stream = subscribe(transport, api, who, subscription(kind), { after: oldest });
    const [first] = await stream.reached(1);
    expect(first?.data[kind].order.title).toBe('Third');
    expect(stream.answers).toHaveLength(1);
    stream.stop();
  }
});

test.each(transports)('from the oldest cursor on nothing is missed, over %s', async (transport) => {
  const oldest = await expired(transport, vera, 'orderOpened', before.vera);
  const stream = subscribe(transport, api, vera, subscription('orderOpened'), { after: oldest });
  const had = await stream.reached(1).then((answers) => answers.length);
  const title = `After ${transport}`;
  await postOrder(api, casey, { title });
  for (let count = had; stream.answers.at(-1)?.data.orderOpened.order.title !== title; count += 1) {
    await stream.reached(count + 1);
  }
  expect(stream.answers.map(({ data }) => data.orderOpened.order.title)).toEqual(
    ['Third', 'After WebSocket', 'After SSE'].slice(0, transport === 'WebSocket' ? 2 : 3),
  );
  stream.stop();
});

test.each(transports)('the events of an order are kept as long as it is, over %s', async (transport) => {
  for (const { id: orderId, cursor: after } of orders) {
    const stream = subscribe(transport, api, casey, subscription('bidPlaced'), { orderId, after });
    const [first] = await stream.reached(1);
    expect(first?.data.bidPlaced).toMatchObject({ amount: { amount: '100.00' }, order: { id: orderId } });
    stream.stop();
  }
});
