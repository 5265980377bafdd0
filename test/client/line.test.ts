/** The line to the server: its tokens, its tries without end, its state, and mutations over it. */

import { gql } from '@urql/core';
import { expect, test } from 'vitest';
import { pipe, subscribe } from 'wonka';
import type { Clock } from '../../client/urql/clock.ts';
import type { LineState } from '../../client/urql/line.ts';
import { cable, clients, connect, hurried, listen, listening, server, until } from './playground.ts';

test('asks for a new token after 4403, and says that the last was refused', async () => {
  server.refused.add('old');
  const why: boolean[] = [];
  const heard = listen(
    connect({
      token: async ({ refused }) => {
        why.push(refused);
        return refused ? 'new' : 'old';
      },
    }),
  );
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  expect(server.tokens).toEqual(['old', 'new']);
  expect(why).toEqual([false, true]);
});

test('asks for a new token when an open line is closed with 4403', async () => {
  let count = 0;
  const heard = listen(connect({ token: () => `token ${++count}` }));
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  server.closeAll(4403);
  server.tell('b');
  await until(() => heard.ids.length === 2);
  expect(server.tokens).toEqual(['token 1', 'token 2']);
});

test('keeps asking where the token cannot be had at first', async () => {
  let tries = 0;
  const token = async () => {
    tries += 1;
    if (tries < 4) throw new Error('The sign-in is away.');
    return 'good';
  };
  const heard = listen(connect({ token }));
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  expect(tries).toBe(4);
});

test.each([1001, 1011, 1012, 4400, 4401, 4408, 4429, 4500])('comes back after a close with %i', async (code) => {
  const heard = listen(connect());
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
  server.closeAll(code);
  server.tell('b');
  await until(() => heard.ids.length === 2);
  expect(heard.ids).toEqual(['a', 'b']);
});

test('tries without end, and waits longer each time, up to ten seconds', async () => {
  const waited: number[] = [];
  cable.plugged = false;
  const heard = listen(connect({ clock: { ...hurried(waited), random: () => 0.999 } }));
  await until(() => waited.length > 30);
  expect(waited.slice(0, 5).map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 4, 8, 10]);
  expect(Math.max(...waited)).toBeLessThanOrEqual(10_000);
  cable.plugged = true;
  await listening();
  server.tell('a');
  await until(() => heard.ids.length === 1);
});

test('waits little again once a line has held, and longer where it is cut right after it stood', async () => {
  const waited: number[] = [];
  let later = 0;
  const clock: Clock = { ...hurried(waited), random: () => 0.999, now: () => Date.now() + later };
  const heard = listen(connect({ clock }));
  for (const id of ['a', 'b', 'c', 'd']) {
    await listening();
    server.tell(id);
    await until(() => heard.ids.at(-1) === id);
    if (id === 'c') later = 60_000;
    cable.cut();
    server.tell(`${id} after`);
    await until(() => heard.ids.at(-1) === `${id} after`);
  }
  expect(waited.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 1, 2]);
});

test('tells how the line is, and since when', async () => {
  const states: LineState[] = [];
  const client = connect();
  pipe(
    client.status,
    subscribe((state) => void states.push(state)),
  );
  const heard = listen(client);
  await listening();
  cable.plugged = false;
  cable.cut();
  await until(() => cable.connections() > 5);
  cable.plugged = true;
  await until(() => states.at(-1)?.state === 'live');
  heard.stop();
  expect(states.map(({ state }) => state)).toEqual(['offline', 'connecting', 'live', 'offline', 'live']);
  const times = states.map(({ since }) => since.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

const place = gql('mutation Place($input: String) { place(input: $input) }');

test('sends a mutation over the open line where that was chosen', async () => {
  const client = connect({ mutationsOver: 'socket' });
  listen(client);
  await listening();
  const { data, error } = await client.mutation(place, { input: 'x' }).toPromise();
  expect(error).toBeUndefined();
  expect(data).toEqual({ place: 'placed' });
});

test('does not send a mutation again after a break, but says that it may have happened', async () => {
  const client = connect({ mutationsOver: 'socket' });
  const heard = listen(client);
  await listening();
  server.silent = true;
  const answer = client.mutation(place, { input: 'x' }).toPromise();
  await until(() => server.placed === 1);
  cable.cut();
  const { error } = await answer;
  expect(error?.networkError?.message).toMatch(/may have happened/);
  server.tell('a');
  await until(() => heard.ids.length === 1);
  expect(server.placed).toBe(1);
});

test('ends everything when it is closed, also while the server is away', async () => {
  const heard = listen(connect());
  await listening();
  cable.plugged = false;
  cable.cut();
  await until(() => cable.connections() > 2);
  for (const client of clients.splice(0)) await client.close();
  await until(() => heard.ended);
  const tries = cable.connections();
  await new Promise((resolve) => setImmediate(resolve));
  expect(cable.connections()).toBe(tries);
});
