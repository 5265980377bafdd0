/** Whether rivals bid at all leaves no trace with a vendor, under SEALED and RANK: what is there and what is not are answered alike. */

import { describe, expect, test } from 'vitest';
import { cursorOf, mutation, perform, postOrder, read, subscription, type Visibility } from './documents.ts';
import { wholeOf } from './everything.ts';
import { guessed, uuidOf } from './ids.ts';
import { ask, openSocket, type Person, post, subscribe } from './outside.ts';
import { api, casey, depth, rivalIds, rivals, schema, vera } from './rivals.ts';

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

test('nothing of all this was an error to the server', () => {
  expect(api.said()).not.toMatch(/ (error|fatal|warn) /);
});
