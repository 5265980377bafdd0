/** A vendor that knows all ids never learns who else bids, nor under SEALED and RANK whether anybody does, or how much. */

import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  cursorOf,
  mutation,
  notifications,
  outcome,
  perform,
  postOrder,
  read,
  subscription,
  subscriptionNames,
  type Visibility,
} from './documents.ts';
import { everyField, servedSchema, wholeOf } from './everything.ts';
import {
  ask,
  type Data,
  openSocket,
  type Person,
  person,
  post,
  type Stream,
  subscribe,
  transports,
} from './outside.ts';

const { url: databaseUrl } = await createTestDatabase();
const api = await startApi({ databaseUrl });
const schema = await servedSchema(api);
const depth = 6;

const casey = await person('casey', 'customer');
const vera = await person('vera', 'vendor');
const rivals = [
  await person('rival-sub-one', 'vendor', 'Rivalry Limited'),
  await person('rival-sub-two', 'vendor', 'Contention Brothers'),
];
const uuidOf = (id: string): string => Buffer.from(id, 'base64url').toString().split(':').at(-1) ?? '';
const rivalIds: string[] = [];
for (const rival of rivals) rivalIds.push((await read(api, rival, '{ viewer { id } }')).viewer.id);

type World = {
  orderId: string;
  /** Where vera's streams were before anybody bid. */
  after: { ofOrder: string; general: string };
  /** Ids of whatever there is, and cursors of the customer's lists. */
  ids: string[];
  bidIds: string[];
  cursors: string[];
  secrets: string[];
};

const who = ['rivalry', 'contention', 'rival-sub', 'rival-note', 'rival-reason', ...rivalIds, ...rivalIds.map(uuidOf)];
let worlds = 0;

/** Rivals bid, revise, withdraw, are asked, confirmed and decline: before and while vera bids. */
async function world(visibility: Visibility): Promise<World> {
  const hundreds = 7_000 + worlds++ * 100;
  const orderId = await postOrder(api, casey, { visibility, externalId: `host-secret-${worlds}` });
  const after = { ofOrder: await cursorOf(api, vera, orderId), general: await cursorOf(api, vera) };
  const amounts: string[] = [];
  const bidIds: string[] = [];
  const place = async (nth: number) => {
    const amount = `${hundreds - amounts.length}.37`;
    amounts.push(amount);
    const note = `rival-note ${nth}`;
    const { bid } = await perform(api, rivals[nth] as Person, 'placeBid', { orderId, amount, note });
    if (!bidIds.includes(bid.id)) bidIds.push(bid.id);
    return bid;
  };
  await place(0);
  await place(1);
  // Whoever first bids while a round is open may read it: this one is over by then.
  const hidden = await perform(api, casey, 'requestNegotiation', { orderId, message: 'rival-note', bidId: bidIds[0] });
  await perform(api, casey, 'requestNegotiation', { orderId, message: 'Open when she comes', bidId: bidIds[1] });
  await place(0);
  await perform(api, vera, 'placeBid', { orderId, amount: '9000' });
  await perform(api, rivals[1] as Person, 'withdrawBid', { bidId: bidIds[1], reason: 'rival-reason' });
  const again = await place(1);
  await perform(api, casey, 'confirmBid', { bidId: again.id, revision: again.revision });
  await perform(api, rivals[1] as Person, 'declineConfirmation', { bidId: again.id, reason: 'rival-reason' });
  await place(1);
  const asked = await perform(api, casey, 'requestNegotiation', { orderId, message: 'All of you', bidId: bidIds[0] });
  const { order } = await read(
    api,
    casey,
    'query ($id: ID!) { order(id: $id) { cursor bids { edges { cursor } pageInfo { startCursor endCursor } } negotiations { edges { cursor } } } }',
    { id: orderId },
  );
  const told: Data[] = [];
  for (const one of [casey, ...rivals]) told.push(...(await read(api, one, notifications)).notifications.edges);
  const pages = [...order.bids.edges, ...order.negotiations.edges, ...told].map((edge: Data) => edge.cursor);
  return {
    orderId,
    after,
    bidIds,
    ids: [
      orderId,
      ...bidIds,
      hidden.negotiation.id,
      asked.negotiation.id,
      ...rivalIds,
      ...told.map(({ node }) => node.id),
    ],
    cursors: [order.cursor, ...pages],
    secrets: [...who, 'host-secret', ...(visibility === 'OPEN' ? [] : [...amounts, ...bidIds, ...bidIds.map(uuidOf)])],
  };
}

/** The text itself, and what any of its words is when it is taken for base64. */
function search(text: string, secrets: string[]): string[] {
  const decoded = [...text.matchAll(/"([\w+/=-]{8,})"/g)].map(([, word = '']) =>
    Buffer.from(word, 'base64url').toString('latin1'),
  );
  const raw = [...text.matchAll(/"([\w+/=-]{8,})"/g)].map(([, word = '']) =>
    Buffer.from(word, 'base64url').toString('hex'),
  );
  const all = [text, ...decoded].join('\n').toLowerCase();
  const bytes = raw.join('\n');
  return secrets.filter((secret) => {
    const hex = /^[0-9a-f-]{36}$/.test(secret) ? secret.replaceAll('-', '') : null;
    return all.includes(secret.toLowerCase()) || (hex !== null && bytes.includes(hex));
  });
}

/** All that can be asked about an order by who knows everything. */
function questions({ ids, orderId, cursors }: World): string[] {
  const orders = ['', 'bidOn: true', 'bidOn: false', 'status: [OPEN, CLOSED, CONFIRMED]'];
  const whole = (name: string, args = '') => `{ ${wholeOf(schema, 'Query', name, args, depth)} }`;
  const bids = everyField(schema, 'BidConnection', 3);
  const rounds = everyField(schema, 'NegotiationConnection', 3);
  return [
    whole('viewer'),
    whole('notifications', 'first: 100'),
    whole('unreadNotifications'),
    ...orders.map((args) => whole('orders', [args, 'first: 100'].filter(Boolean).join(' '))),
    whole('order', `id: "${orderId}"`),
    ...ids.map((id) => whole('node', `id: "${id}"`)),
    whole('nodes', `ids: ${JSON.stringify(ids)}`),
    ...cursors.flatMap((cursor) =>
      ['first: 9 after', 'last: 9 before'].flatMap((way) => [
        `{ order(id: "${orderId}") { bids(${way}: "${cursor}") ${bids} } }`,
        `{ order(id: "${orderId}") { negotiations(${way}: "${cursor}") ${rounds} } }`,
        `{ orders(${way}: "${cursor}") { cursor } }`,
        `{ notifications(${way}: "${cursor}") { cursor edges { node { id action data } } } }`,
      ]),
    ),
    ...['ACTIVE', 'WITHDRAWN', 'DECLINED', 'CONFIRMED', 'LOST'].map(
      (status) => `{ order(id: "${orderId}") { bids(status: [${status}], first: 100) ${bids} } }`,
    ),
  ];
}

/** All refusals that can be had about the bids of others. */
function attempts({ ids, bidIds, orderId }: World): [Parameters<typeof mutation>[0], object][] {
  return [
    ...bidIds.flatMap((bidId): [Parameters<typeof mutation>[0], object][] => [
      ['withdrawBid', { bidId }],
      ['acceptConfirmation', { bidId }],
      ['declineConfirmation', { bidId, reason: 'x' }],
      ['confirmBid', { bidId, revision: 1 }],
    ]),
    ...ids.map((id): [Parameters<typeof mutation>[0], object] => [
      'placeBid',
      { orderId, amount: '1', negotiationId: id },
    ]),
    ['placeBid', { orderId, amount: '9999' }],
    ['placeBid', { orderId, amount: '-1' }],
    ['requestNegotiation', { orderId, message: 'x', bidId: bidIds[0] }],
    ['cancelOrder', { orderId }],
    ['notify', { to: 'rival-sub-one', action: 'x' }],
  ];
}

describe.each<Visibility>(['SEALED', 'RANK', 'OPEN'])('under %s', (visibility) => {
  test('no answer to any question or attempt holds what is secret', async () => {
    const made = await world(visibility);
    const socket = openSocket(api, vera);
    for (const question of questions(made)) {
      const { text, body } = await post(api, vera, question);
      expect([search(text, made.secrets), question.slice(0, 200)]).toEqual([[], question.slice(0, 200)]);
      for (const { extensions } of body.errors ?? []) expect(extensions.code).toBe('BAD_USER_INPUT');
      expect(await socket.ask(question).then(({ data }) => data ?? null)).toEqual(body.data ?? null);
    }
    for (const [name, input] of attempts(made)) {
      const { text, body } = await post(api, vera, mutation(name), { input });
      expect([search(text, made.secrets), name, input]).toEqual([[], name, input]);
      if (name !== 'placeBid') expect(outcome(body)).toMatch(/^(NOT_FOUND|FORBIDDEN)$/);
    }
    await socket.close();
  });

  test('the same search finds all of it in what the customer is answered', async () => {
    const made = await world(visibility);
    const texts = await Promise.all(questions(made).map(async (question) => (await post(api, casey, question)).text));
    const host = await post(api, casey, `{ order(id: "${made.orderId}") { externalId } }`);
    const found = search([...texts, host.text].join('\n'), made.secrets);
    // A user's id in the host application is for itself and services. What it was told has all amounts, not the latest only.
    expect(found).toEqual(expect.arrayContaining(made.secrets.filter((secret) => secret !== 'rival-sub')));
  });

  test('the order’s and the market’s streams tell a vendor nothing that is secret', async () => {
    const made = await world(visibility);
    const { orderId, secrets } = made;
    const listening = subscriptionNames.flatMap((name) =>
      transports.flatMap((transport) =>
        (name === 'orderOpened' ? [null] : [orderId, null]).map((of) => {
          const after = of ? made.after.ofOrder : made.after.general;
          const args = `${of ? `orderId: "${of}", ` : ''}after: "${after}"`;
          const document = `subscription { ${wholeOf(schema, 'Subscription', name, args, 5)} }`;
          return { name, of, stream: subscribe(transport, api, vera, document) };
        }),
      ),
    );
    const args = `after: "${made.after.general}"`;
    const tellings = transports.map((transport) =>
      subscribe(
        transport,
        api,
        vera,
        `subscription { ${wholeOf(schema, 'Subscription', 'notificationReceived', args, 5)} }`,
      ),
    );
    // Of each kind one last that concerns vera, so that all before it has come.
    const { bid } = await perform(api, vera, 'placeBid', { orderId, amount: '8999' });
    await perform(api, casey, 'requestNegotiation', { orderId, message: 'the last' });
    await perform(api, casey, 'confirmBid', { bidId: bid.id, revision: bid.revision });
    await perform(api, vera, 'declineConfirmation', { bidId: bid.id, reason: 'the last' });
    await perform(api, vera, 'placeBid', { orderId, amount: '8998' });
    await perform(api, vera, 'withdrawBid', { bidId: bid.id });
    await perform(api, casey, 'cancelOrder', { orderId, reason: 'the last' });
    await postOrder(api, casey, { title: 'the last' });
    const lastOf: Record<string, (text: string, event: Data) => boolean> = {
      bidPlaced: (text) => text.includes('8998'),
      bidWithdrawn: (_, event) => event.BidWithdrawn_bid.Bid_id === bid.id,
      bidConfirmed: (_, event) => event.BidConfirmed_bid.Bid_id === bid.id,
    };
    for (const stream of tellings) {
      await until(stream, ({ data }) => JSON.stringify(data).includes('"bidConfirmed"'));
      expect(search(JSON.stringify(stream.answers), secrets)).toEqual([]);
      stream.stop();
    }
    for (const { name, of, stream } of listening) {
      const isLast = lastOf[name] ?? ((text: string) => text.includes('the last'));
      const mayHear = !(name === 'bidPlaced' || name === 'bidWithdrawn') || (of !== null && visibility === 'OPEN');
      if (mayHear) await until(stream, (answer) => isLast(JSON.stringify(answer), answer.data?.[name]));
      else expect(await stream.over()).toBe('complete');
      const text = JSON.stringify(stream.answers);
      expect([search(text, secrets), name]).toEqual([[], name]);
      if (!mayHear) expect(stream.answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['FORBIDDEN']);
      if (name === 'bidConfirmed' || name === 'confirmationAnswered') expect(stream.answers).toHaveLength(1);
      stream.stop();
    }
  });
});

async function until(stream: Stream, holds: (answer: { data?: Data }) => boolean): Promise<void> {
  for (;;) if (holds(await stream.next())) return;
}

describe.each<Visibility>(['SEALED', 'RANK'])('under %s', (visibility) => {
  const [rival, other] = rivals as [Person, Person];

  /** All that vera can be answered about an order, to the letter, but for what RANK tells her. */
  async function seenBy(orderId: string): Promise<string> {
    const document = `{ ${wholeOf(schema, 'Query', 'order', `id: "${orderId}"`, depth)} }`;
    const told = `{ ${wholeOf(schema, 'Query', 'notifications', 'first: 100', 3)} unreadNotifications }`;
    const text = [await post(api, vera, document), await post(api, vera, told)].map((answer) => answer.text).join();
    return visibility === 'RANK' ? text.replaceAll(/"Standing_(rank|bidders)":\d+/g, '') : text;
  }
  const listCursor = () => cursorOf(api, vera);

  test.each([true, false])(
    'nothing changes for a vendor when a rival bids, revises or withdraws (it bids: %s)',
    async (bids) => {
      const orderId = await postOrder(api, casey, { visibility });
      if (bids) {
        await perform(api, vera, 'placeBid', { orderId, amount: '900' });
        await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower' });
      }
      const before = [await seenBy(orderId), await listCursor(), await cursorOf(api, vera, orderId)];
      const same = async () =>
        expect([await seenBy(orderId), await listCursor(), await cursorOf(api, vera, orderId)]).toEqual(before);
      const { bid } = await perform(api, rival, 'placeBid', { orderId, amount: '700', note: 'mine' });
      await same();
      await perform(api, other, 'placeBid', { orderId, amount: '900' });
      await same();
      await perform(api, rival, 'placeBid', { orderId, amount: '600' });
      await same();
      await perform(api, rival, 'withdrawBid', { bidId: bid.id, reason: 'no' });
      await same();
      await perform(api, rival, 'placeBid', { orderId, amount: '950' });
      await same();
      const socket = openSocket(api, rival);
      await socket.stays();
      await same();
      await socket.close();
    },
  );

  test('a round that a rival was asked in leaves no trace with a vendor who has not bid', async () => {
    const orderId = await postOrder(api, casey, { visibility });
    await perform(api, rival, 'placeBid', { orderId, amount: '700' });
    const before = [await seenBy(orderId), await listCursor()];
    await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower' });
    expect([await seenBy(orderId), await listCursor()]).toEqual(before);
  });

  test('the cursor of a page tells the same whether rivals bid before or not', async () => {
    const shapes = [];
    for (const first of [[], rivals]) {
      const orderId = await postOrder(api, casey, { visibility });
      for (const vendor of first) await perform(api, vendor, 'placeBid', { orderId, amount: '700' });
      const { bid } = await perform(api, vera, 'placeBid', { orderId, amount: '900' });
      const { order } = await read(api, vera, 'query ($id: ID!) { order(id: $id) { bids { edges { cursor } } } }', {
        id: orderId,
      });
      const cursor = Buffer.from(order.bids.edges[0].cursor, 'base64url').toString();
      shapes.push(cursor.replace(uuidOf(bid.id), ''));
    }
    expect(shapes[0]).toBe(shapes[1]);
  });

  test('a page after a rival’s place is a page after nothing', async () => {
    const orderId = await postOrder(api, casey, { visibility });
    const theirs = (await perform(api, rival, 'placeBid', { orderId, amount: '900' })).bid.id;
    await perform(api, vera, 'placeBid', { orderId, amount: '900' });
    const later = (await perform(api, other, 'placeBid', { orderId, amount: '900' })).bid.id;
    const { order } = await read(
      api,
      vera,
      'query ($id: ID!) { order(id: $id) { viewerBid { id } bids { edges { cursor } } } }',
      {
        id: orderId,
      },
    );
    const own = Buffer.from(order.bids.edges[0].cursor, 'base64url').toString();
    const pageFrom = (uuid: string) => {
      const cursor = Buffer.from(own.replace(uuidOf(order.viewerBid.id), uuid)).toString('base64url');
      const list = (way: string) =>
        `bids(${way}: "${cursor}") { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } }`;
      return post(api, vera, `{ order(id: "${orderId}") { a: ${list('after')} b: ${list('before')} } }`);
    };
    const [earlier, since, nobodys] = await Promise.all(
      [theirs, later, guessed(theirs)].map((id) => pageFrom(uuidOf(id))),
    );
    expect(earlier?.text).toBe(nobodys?.text);
    expect(since?.text).toBe(nobodys?.text);
  });

  test('a rival’s bid and one that does not exist are refused alike, to the letter, whatever it went through', async () => {
    const orderId = await postOrder(api, casey, { visibility });
    const { bid } = await perform(api, rival, 'placeBid', { orderId, amount: '700' });
    const names = ['withdrawBid', 'acceptConfirmation', 'declineConfirmation', 'confirmBid'] as const;
    const alike = async () => {
      for (const name of names) {
        const more = name === 'confirmBid' ? { revision: 1 } : {};
        const [theirs, nobodys] = await Promise.all(
          [bid.id, guessed(bid.id)].map((bidId) => post(api, vera, mutation(name), { input: { bidId, ...more } })),
        );
        expect(theirs?.status).toBe(nobodys?.status);
        expect(theirs?.text).toBe(nobodys?.text);
        const socket = openSocket(api, vera);
        const inputs = [bid.id, guessed(bid.id)].map((bidId) => ({ input: { bidId, ...more } }));
        const [hidden, absent] = await Promise.all(inputs.map((variables) => socket.ask(mutation(name), variables)));
        expect(hidden).toEqual(absent);
        await socket.close();
      }
      const nodes = await Promise.all(
        [bid.id, guessed(bid.id)].map((id) =>
          post(api, vera, 'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', { id }),
        ),
      );
      expect(nodes[0]?.text).toBe(nodes[1]?.text);
    };
    await alike();
    await perform(api, casey, 'confirmBid', { bidId: bid.id, revision: 1 });
    await alike();
    await perform(api, rival, 'declineConfirmation', { bidId: bid.id });
    await alike();
    await perform(api, casey, 'cancelOrder', { orderId });
    await alike();
  });

  test('a round of rivals and one that does not exist are refused alike', async () => {
    const orderId = await postOrder(api, casey, { visibility });
    await perform(api, rival, 'placeBid', { orderId, amount: '700' });
    const { negotiation } = await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower' });
    const [theirs, nobodys] = await Promise.all(
      [negotiation.id, guessed(negotiation.id)].map((id) =>
        post(api, vera, 'query ($id: ID!) { node(id: $id) { id } }', { id }),
      ),
    );
    expect(theirs?.text).toBe(nobodys?.text);
    await perform(api, casey, 'requestNegotiation', { orderId, message: 'Lower still' });
    const [ended, never] = await Promise.all(
      [negotiation.id, guessed(negotiation.id)].map((negotiationId) =>
        post(api, vera, mutation('placeBid'), { input: { orderId, amount: '1', negotiationId } }),
      ),
    );
    expect(ended?.text).toBe(never?.text);
  });
});

test('under OPEN a rival is known by its alias, and not on two orders by the same', async () => {
  const aliases = new Set<string>();
  for (let nth = 0; nth < 2; nth++) {
    const orderId = await postOrder(api, casey, { visibility: 'OPEN' });
    for (const rival of rivals) await perform(api, rival, 'placeBid', { orderId, amount: '700', note: 'rival-note' });
    const { order } = await read(
      api,
      vera,
      `query ($id: ID!) { order(id: $id) { standing { rank } bids { totalCount edges { node {
        alias note amount { amount } vendor { id } confirmation { revision } } } } } }`,
      { id: orderId },
    );
    expect(order.bids.totalCount).toBe(2);
    for (const { node } of order.bids.edges) {
      expect(node).toMatchObject({ amount: { amount: '700.00' }, note: null, vendor: null, confirmation: null });
      aliases.add(node.alias);
    }
  }
  expect(aliases.size).toBe(4);
});

test('the id of a rival and one of nobody are alike', async () => {
  for (const id of rivalIds) {
    const answers = await Promise.all([id, guessed(id)].map((one) => ask(api, vera, `{ node(id: "${one}") { id } }`)));
    expect(answers).toEqual([{ data: { node: null } }, { data: { node: null } }]);
  }
});

test('a subscription to rivals’ bids tells no vendor whether there are any', async () => {
  const orderId = await postOrder(api, casey, { visibility: 'RANK' });
  const refusal = async () => {
    const stream = subscribe('WebSocket', api, vera, subscription('bidPlaced'), { orderId });
    await stream.over();
    stream.stop();
    return stream.answers;
  };
  const before = await refusal();
  await perform(api, rivals[0] as Person, 'placeBid', { orderId, amount: '700' });
  expect(await refusal()).toEqual(before);
});

function guessed(id: string): string {
  const text = Buffer.from(id, 'base64url').toString();
  return Buffer.from(text.replace(/.$/, (last) => (last === '0' ? '1' : '0'))).toString('base64url');
}

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
