/** What a vendor that knows all ids could ask about rivals and try on them, and a search for their secrets in the answers. */

import { cursorOf, type mutation, notifications, perform, postOrder, read, type Visibility } from './documents.ts';
import { everyField, wholeOf } from './everything.ts';
import { uuidOf } from './ids.ts';
import type { Data, Person } from './outside.ts';
import { api, casey, depth, rivalIds, rivals, schema, vera } from './rivals.ts';

export type World = {
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
export async function world(visibility: Visibility): Promise<World> {
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
export function search(text: string, secrets: string[]): string[] {
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
export function questions({ ids, orderId, cursors }: World): string[] {
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
export function attempts({ ids, bidIds, orderId }: World): [Parameters<typeof mutation>[0], object][] {
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
