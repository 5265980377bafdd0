/** Subscriptions over broken lines: nothing lost, nothing twice, and what a refusal ends. */

import { gql } from '@urql/core';
import { expect, test } from 'vitest';
import { onEnd, pipe, subscribe } from 'wonka';
import { cable, connect, hurried, listen, listening, server, until, withId } from './playground.ts';

const plain = gql('subscription { bidPlaced { amount } }');

test('goes on from its last cursor after the line is cut', async () => {
  const heard = listen(connect());
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  cable.plugged = false;
  cable.cut();
  server.tell('b');
  server.tell('c');
  cable.plugged = true;
  await until(() => heard.ids.length === 3);
  server.tell('d');
  await until(() => heard.ids.length === 4);
  expect(heard.ids).toEqual(['a', 'b', 'c', 'd']);
  expect(server.asked.at(-1)).toBe('c1');
});

test('loses nothing where the line is cut before the first event', async () => {
  const heard = listen(connect());
  await listening();
  cable.plugged = false;
  cable.cut();
  server.tell('a');
  cable.plugged = true;
  await until(() => heard.ids.length === 1);
  expect(heard.ids).toEqual(['a']);
});

test('starts after the cursor that it is given', async () => {
  server.tell('a');
  server.tell('b');
  const heard = listen(connect(), withId, { after: 'c1' });
  await until(() => heard.ids.length === 1);
  expect(heard.ids).toEqual(['b']);
});

test('goes on also with a document that names neither cursor nor id nor after', async () => {
  const heard = listen(connect(), plain);
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  cable.cut();
  server.tell('b');
  await until(() => heard.ids.length === 2);
  expect(heard.ids).toEqual(['a', 'b']);
});

test('comes through a hundred cuts at any moment without loss, repetition or disorder', async () => {
  const clock = hurried();
  const heard = listen(connect({ clock }));
  await listening();
  const told: string[] = [];
  for (let cuts = 0; cuts < 100; cuts++) {
    for (let burst = 0; burst < 3; burst++) {
      const id = `e${told.length}`;
      told.push(id);
      server.tell(id);
    }
    // Each third time whatever is under way is cut; else when the first, or the last, of the burst has come.
    if (cuts % 3 > 0) await until(() => heard.ids.length > told.length - (cuts % 3 === 1 ? 3 : 1));
    cable.cut();
  }
  await until(() => heard.ids.length >= told.length);
  expect(heard.ids).toEqual(told);
});

test('gives each subscriber its own position, also those that ask for the same', async () => {
  const client = connect();
  const first = listen(client, withId, { after: 'c0' });
  server.tell('a');
  await until(() => first.ids.length === 1);
  const second = listen(client, withId, { after: 'c0' });
  await until(() => second.ids.length === 1);
  server.tell('b');
  await until(() => first.ids.length === 2 && second.ids.length === 2);
  expect([first.ids, second.ids]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('drops what it has seen', async () => {
  server.copies = 3;
  const heard = listen(connect(), withId, { after: 'c0' });
  server.tell('a');
  server.tell('b');
  await until(() => heard.ids.length === 2);
  server.tell('c');
  await until(() => heard.ids.length === 3);
  expect(heard.ids).toEqual(['a', 'b', 'c']);
});

test('ends when the server completes, and does not hand on the last event again', async () => {
  const heard = listen(connect());
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  server.complete();
  await until(() => heard.ended);
  expect(heard.ids).toEqual(['a']);
});

test('hands on a subscription without a cursor as it comes', async () => {
  const ranks: number[] = [];
  let over = false;
  pipe(
    connect().subscription(gql('subscription { standingChanged { rank } }'), {}),
    onEnd(() => {
      over = true;
    }),
    subscribe((result) => void ranks.push(result.data.standingChanged.rank)),
  );
  await until(() => over);
  expect(ranks).toEqual([1, 2, 3]);
});

test('asks again for what the server cannot serve now, not before the time it was told', async () => {
  const waited: number[] = [];
  server.errors.push({ code: 'UNAVAILABLE', retryAfter: 3 }, { code: 'RATE_LIMITED', retryAfter: 20 });
  const heard = listen(connect({ clock: hurried(waited) }));
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  expect(heard.error).toBeUndefined();
  expect(waited).toHaveLength(2);
  expect(waited[0]).toBeGreaterThanOrEqual(3_000);
  expect(waited[1]).toBeGreaterThanOrEqual(20_000);
});

test.each(['CURSOR_EXPIRED', 'CURSOR_INVALID', 'NOT_FOUND'])('hands on %s and ends there', async (code) => {
  const client = connect();
  server.errors.push({ code });
  const heard = listen(client, withId, { after: 'c9' });
  await until(() => heard.ended);
  expect(heard.error?.graphQLErrors[0]?.extensions['code']).toBe(code);
  const other = listen(client);
  await listening();
  server.tell('a');
  await until(() => other.ids.length === 1);
  expect(heard.ids).toEqual([]);
  expect(server.asked).toHaveLength(2);
});
