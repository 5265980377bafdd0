/** A vendor that knows all ids never learns who else bids, nor under SEALED and RANK how much. */

import { describe, expect, test } from 'vitest';
import { mutation, outcome, perform, postOrder, read, subscriptionNames, type Visibility } from './documents.ts';
import { wholeOf } from './everything.ts';
import { type Data, openSocket, post, type Stream, subscribe, transports } from './outside.ts';
import { api, casey, rivals, schema, vera } from './rivals.ts';
import { attempts, questions, search, world } from './secrets.ts';

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

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
