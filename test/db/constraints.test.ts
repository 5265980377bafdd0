/** What the database refuses, whatever a process may have decided. */

import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

const { db } = await createTestDatabase();
const sql = db.$client;

let customer: string;
let vendor: string;
let order: string;
let placement = 0;

async function addUser(): Promise<string> {
  const id = randomUUID();
  await sql`insert into users (id, external_id, name) values (${id}, ${id}, 'Somebody')`;
  return id;
}

async function addBid(bid: { vendorId?: string; amount?: string; orderId?: string } = {}): Promise<string> {
  const id = randomUUID();
  placement += 1;
  await sql`
    insert into bids (id, order_id, vendor_id, alias, amount, revision, status, placed_at, placement)
    values (${id}, ${bid.orderId ?? order}, ${bid.vendorId ?? vendor}, ${id}, ${bid.amount ?? '10'}, 1, 'ACTIVE', now(), ${placement})`;
  return id;
}

const confirm = (bidId: string) => sql`
  insert into confirmations (bid_id, revision, order_id, accept_by, created_at)
  values (${bidId}, 1, ${order}, now() + interval '1 day', now())`;

/** Appends as commands do: heads and events in one statement. */
const append = (topic: string, positions: number[]) => sql`
  with heads as (
    insert into topics (topic, head, tag) values (${topic}, ${positions.at(-1) ?? 0}, 1)
    on conflict (topic) do update set head = excluded.head
    returning topic
  )
  insert into events (topic, position, tag, id, kind, order_id, data, told, at)
  select heads.topic, position, 1, gen_random_uuid(), 'orderOpened', gen_random_uuid(), '{}', false, now()
  from heads, unnest(${positions}::bigint[]) as position`;

const refusal = (constraint: string) => expect.objectContaining({ constraint_name: constraint }) as Error;

beforeEach(async () => {
  [customer, vendor] = [await addUser(), await addUser()];
  order = randomUUID();
  await sql`
    insert into orders (id, customer_id, title, description, currency, visibility, status, created_at, version, placements, rounds)
    values (${order}, ${customer}, 'Chairs', '', 'EUR', 'RANK', 'OPEN', now(), 1, 0, 0)`;
});

test('a vendor has one bid on an order', async () => {
  await addBid();
  await addBid({ vendorId: await addUser() });
  await expect(addBid()).rejects.toEqual(refusal('bids_one_per_vendor'));
});

test('an amount is above zero', async () => {
  await expect(addBid({ amount: '0' })).rejects.toEqual(refusal('bids_amount_above_zero'));
  await expect(addBid({ amount: '-1' })).rejects.toEqual(refusal('bids_amount_above_zero'));
});

test('a bid is on an order that exists', async () => {
  await expect(addBid({ orderId: randomUUID() })).rejects.toEqual(refusal('bids_order_id_orders_id_fk'));
});

test('an order has one standing confirmation, and another once that has ended', async () => {
  const [one, other] = [await addBid(), await addBid({ vendorId: await addUser() })];
  await confirm(one);
  await expect(confirm(other)).rejects.toEqual(refusal('confirmations_one_standing'));
  await sql`update confirmations set answer = 'DECLINED', ended_at = now() where bid_id = ${one}`;
  await confirm(other);
});

test('a confirmation that was answered has ended', async () => {
  await confirm(await addBid());
  const answered = sql`update confirmations set answer = 'ACCEPTED' where order_id = ${order}`;
  await expect(answered).rejects.toEqual(refusal('confirmations_answered_have_ended'));
});

test('events are numbered from one', async () => {
  const topic = `order:${order}`;
  await expect(append(topic, [2])).rejects.toEqual(refusal('events_without_gaps'));
  await expect(append(topic, [0])).rejects.toEqual(refusal('events_without_gaps'));
  await append(topic, [1, 2, 3]);
});

test.for([[[5]], [[4, 6]], [[3, 5]]])('events are numbered without gaps: after 1, 2 not %j', async ([positions]) => {
  const topic = `order:${order}`;
  await append(topic, [1, 2]);
  await expect(append(topic, positions ?? [])).rejects.toEqual(refusal('events_without_gaps'));
  await append(topic, [3]);
});

test('a number is given once', async () => {
  const topic = `order:${order}`;
  await append(topic, [1, 2]);
  await expect(append(topic, [2])).rejects.toEqual(refusal('events_topic_position_pk'));
});

test('events go on after those that were pruned, without a gap either', async () => {
  const topic = `order:${order}`;
  await append(topic, [1, 2, 3]);
  await sql`with pruned as (delete from events where topic = ${topic}) update topics set floor = 3 where topic = ${topic}`;
  await expect(append(topic, [5])).rejects.toEqual(refusal('events_without_gaps'));
  await append(topic, [4]);
});
