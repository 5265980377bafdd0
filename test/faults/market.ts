/** The people, orders and readers of a run. All bids, rounds and orders are asked for with a key until they are answered. */

import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { rest } from './cluster.ts';
import { type Answer, type Line, openLine } from './line.ts';
import type { Process } from './processes.ts';
import { tokenOf } from './processes.ts';

export type Person = {
  sub: string;
  token: string;
  /** In the database. */
  id: string;
  /** Asks any process until there is an answer; each try with the same key. */
  ask(query: string, input: object): Promise<Answer['data']>;
  close(): void;
};

export type Order = { id: string; uuid: string; owner: Person; visibility: 'RANK' | 'OPEN' };

/** How a person's tries go: over a socket of its own or by HTTP, to another process after each that failed. */
export function createPerson(
  who: { sub: string; token: string; overSocket: boolean },
  options: { urls: () => string[]; random: () => number; isOver: () => boolean },
): Person {
  const { urls, random, isOver } = options;
  let line: Promise<Line> | undefined;

  function lineTo(url: string): Promise<Line> {
    line ??= openLine(url, who.token).then((opened) => {
      void opened.closed.then(() => {
        line = undefined;
      });
      return opened;
    });
    const mine = line;
    mine.catch(() => {
      if (line === mine) line = undefined;
    });
    return mine;
  }

  async function once(query: string, variables: object): Promise<Answer> {
    const open = urls();
    const url = open[Math.floor(random() * open.length)];
    if (url === undefined) throw new Error('No process is up.');
    if (who.overSocket) return (await lineTo(url)).ask(query, variables);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${who.token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(4_000),
    });
    return (await response.json()) as Answer;
  }

  return {
    sub: who.sub,
    token: who.token,
    id: '',
    async ask(query, input) {
      const variables = { input: { ...input, idempotencyKey: randomUUID() } };
      for (;;) {
        const { data, errors } = await once(query, variables).catch((): Answer => ({}));
        const [answer] = Object.values(data ?? {}) as Answer['data'][];
        if (answer) return answer;
        const code = errors?.[0]?.extensions?.code;
        if (errors && code !== 'UNAVAILABLE') throw new Error(`${who.sub}: ${JSON.stringify(errors)}`);
        if (isOver()) throw new Error(`${who.sub} had no answer to the end: ${JSON.stringify(errors)}`);
        await rest(50 + random() * 100);
      }
    },
    close: () => void line?.then((opened) => opened.close()).catch(() => {}),
  };
}

export const urlsOf = (processes: Process[]): string[] =>
  processes.filter((each) => each.isUp()).map(({ front }) => `http://127.0.0.1:${front.port}/graphql`);

export async function createPeople(
  role: 'customer' | 'vendor',
  count: number,
  options: Parameters<typeof createPerson>[1],
): Promise<Person[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const sub = `${role}-${nth}`;
      const overSocket = nth % 2 === 0;
      const person = createPerson({ sub, token: await tokenOf(sub, role), overSocket }, options);
      await readAs(options.urls()[0] ?? '', person, '{ viewer { id } }');
      return person;
    }),
  );
}

/** The database's ids of people, by what the host application calls them. */
export async function identify(people: Person[], sql: postgres.Sql): Promise<void> {
  const rows = await sql<{ id: string; sub: string }[]>`select id, external_id as sub from users`;
  const ids = new Map(rows.map(({ id, sub }) => [sub, id]));
  for (const person of people) person.id = ids.get(person.sub) ?? '';
}

export async function readAs(
  url: string,
  who: { token: string },
  query: string,
  variables = {},
): Promise<Answer['data']> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${who.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const refusal = '... on Refusal { code message }';
export const createOrder = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { ... on CreateOrderPayload { order { id } } ${refusal} } }`;
export const cancelOrder = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { ... on CancelOrderPayload { order { id } } ${refusal} } }`;
export const placeBid = `mutation ($input: PlaceBidInput!) { placeBid(input: $input) { ... on PlaceBidPayload { bid { id revision } } ${refusal} } }`;
export const requestNegotiation = `mutation ($input: RequestNegotiationInput!) { requestNegotiation(input: $input) { ... on RequestNegotiationPayload { negotiation { id } } ${refusal} } }`;

export const uuidOf = (id: string): string => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';

export async function postOrder(owner: Person, visibility: Order['visibility']): Promise<Order> {
  const answer = await owner.ask(createOrder, { title: 'Chairs', currency: 'INR', visibility });
  if (!answer.order) throw new Error(JSON.stringify(answer));
  return { id: answer.order.id, uuid: uuidOf(answer.order.id), owner, visibility };
}
