/** What is executed once for many is what each would have got by itself, to the byte, and nothing more. */

import fc from 'fast-check';
import { type GraphQLNamedType, getNamedType, isLeafType, isObjectType, parse } from 'graphql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { Entry } from '../../src/domain/events.ts';
import { marketTopic, orderTopic } from '../../src/domain/topics.ts';
import { createContext } from '../../src/schema/context.ts';
import { maskError } from '../../src/schema/errors.ts';
import { Hearing } from '../../src/schema/hear.ts';
import { schema } from '../../src/schema/schema.ts';
import { createAnswersOf } from '../../src/server/answering.ts';
import { createAsking } from '../schema/asking.ts';
import { done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';

const { hear, gid, services, statements, commands, ...market } = await createAsking();

let customer: Viewer;
let service: Viewer;
let vendors: Viewer[];

beforeAll(async () => {
  [customer, service] = await Promise.all([market.customer('Casey'), market.user('SERVICE')]);
  vendors = await market.vendors(5);
});

/** An order with all that can happen to one. */
async function eventfulOrder(visibility: 'SEALED' | 'RANK' | 'OPEN'): Promise<string> {
  const orderId = await market.order(customer, { visibility });
  const [first, second, third] = vendors as [Viewer, Viewer, Viewer];
  for (const [nth, vendor] of [first, second, third].entries()) {
    done(await commands.placeBid(vendor, { orderId, amount: String(900 - nth), note: `note of ${vendor.name}` }));
  }
  done(await commands.requestNegotiation(customer, { orderId, message: 'Lower?' }));
  const bidId = await market.bid(first, orderId, '700');
  const lost = await market.bid(second, orderId, '650');
  done(await commands.withdrawBid(second, { bidId: lost, reason: `a reason of ${second.name}` }));
  done(await commands.confirmBid(customer, { bidId, revision: 2 }));
  done(await commands.declineConfirmation(first, { bidId, reason: 'no time' }));
  return orderId;
}

const heardBy = (viewer: Viewer, { topic }: Entry): boolean => {
  if (topic === marketTopic) return true;
  return viewer.role === 'SERVICE' ? /^order:[^:]+$/.test(topic) : topic.endsWith(':vendors');
};

function answersFor(viewer: Viewer, text: string, answersOf = createAnswersOf(maskError)) {
  const operation = { schema, document: parse(text), contextValue: createContext(services, viewer) };
  const hearing = new Hearing({ subscriber: null as never, wants: () => true, isShared: true, orderId: null });
  return answersOf(operation, hearing);
}

/** A random selection on a type, of fields that may lead on to others. */
function selectionOf(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  if (!isObjectType(type)) throw new Error(`${type.name} has no fields to choose from.`);
  const fields = Object.values(type.getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)));
  if (fields.length === 0) return fc.constant('{ __typename }');
  const chosen = fc.subarray(fields, { minLength: 1, maxLength: Math.min(4, fields.length) });
  return chosen
    .chain((some) =>
      fc.tuple(
        ...some.map((field) => {
          const inner = getNamedType(field.type);
          return isLeafType(inner)
            ? fc.constant(field.name)
            : selectionOf(inner, depth - 1).map((selection) => `${field.name} ${selection}`);
        }),
      ),
    )
    .map((some) => `{ ${some.join(' ')} }`);
}

const documentOf = (kind: string): fc.Arbitrary<string> => {
  const type = schema.getSubscriptionType()?.getFields()[kind]?.type;
  if (!type) throw new Error(`Nothing is heard of ${kind}.`);
  return selectionOf(getNamedType(type), 3).map((selection) => `subscription { ${kind} ${selection} }`);
};

describe('an answer for many', () => {
  it('is what each of them would have got alone, for random documents, viewers and events', async () => {
    for (const visibility of ['SEALED', 'RANK', 'OPEN'] as const) await eventfulOrder(visibility);
    const cases = [...vendors, service].flatMap((viewer) =>
      market.rung.filter((entry) => heardBy(viewer, entry)).map((entry) => ({ viewer, entry })),
    );
    const told = { together: 0, apart: 0, alone: 0 };
    const sample = fc
      .constantFrom(...cases)
      .chain((one) => documentOf(one.entry.kind).map((text) => ({ ...one, text })));
    await fc.assert(
      fc.asyncProperty(sample, async ({ viewer, entry, text }) => {
        const answers = answersFor(viewer, text);
        const [own] = await answers.answer([entry]);
        if (answers.answering().apart(entry) === viewer.id) {
          told.apart += 1;
          return;
        }
        const shared = await answers.answering().answer([entry]);
        if (shared) expect(shared[0]?.text).toBe(own?.text);
        told[shared ? 'together' : 'alone'] += 1;
      }),
      { numRuns: 2_000 },
    );
    for (const count of Object.values(told)) expect(count).toBeGreaterThan(50);
  }, 60_000);

  it('is given up once the database has not answered for seconds: who waits for it is told to come back', async () => {
    await market.order(customer);
    const entry = market.rung.findLast(({ topic, kind }) => topic === marketTopic && kind === 'orderOpened') as Entry;
    const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const lock = market.db.$client.begin(async (transaction) => {
      await transaction.unsafe('set local idle_in_transaction_session_timeout = 0');
      await transaction.unsafe('lock table orders in access exclusive mode');
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const answers = answersFor(vendors[0] as Viewer, 'subscription { orderOpened { order { title } } }');
    const [answer] = (await answers.answering().answer([entry])) ?? [];
    expect(answer?.ends).toBe(true);
    expect(JSON.parse(answer?.text ?? '')).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    release.resolve();
    await lock;
  });

  it('never holds what only the bidder and the customer may know', async () => {
    await eventfulOrder('OPEN');
    const everything = `subscription { bidPlaced { bid { alias amount { amount } note vendor { id name externalId }
      confirmation { reason } } } }`;
    const rival = vendors[4] as Viewer;
    for (const entry of market.rung.filter((one) => one.kind === 'bidPlaced' && heardBy(rival, one))) {
      const [answer] = (await answersFor(rival, everything).answering().answer([entry])) ?? [];
      expect(JSON.parse(answer?.text ?? '')).toMatchObject({
        data: { bidPlaced: { bid: { note: null, vendor: null, confirmation: null } } },
      });
      for (const vendor of vendors) expect(answer?.text).not.toContain(vendor.name);
    }
  });

  it('is never made of what somebody asked for who it is', async () => {
    const orderId = await eventfulOrder('RANK');
    const entry = market.rung.findLast(
      (one) => one.topic.startsWith(orderTopic(orderId)) && one.kind === 'orderUpdated',
    );
    for (const field of [
      'viewerBid { id }',
      'standing { rank }',
      'cursor',
      'bids { totalCount }',
      'negotiations { edges { cursor } }',
    ]) {
      const answersOf = createAnswersOf(maskError);
      const text = `subscription { orderUpdated { order { ${field} } } }`;
      const answers = answersFor(vendors[0] as Viewer, text, answersOf);
      const before = answers.answering().key;
      expect(await answers.answering().answer([entry as Entry])).toBeNull();
      expect(answers.answering().key).not.toBe(before);
    }
  });
});

describe('those who ask the same', () => {
  const bids = (fields: string): string => `subscription ($orderId: ID, $after: Cursor) {
    bidPlaced(orderId: $orderId, after: $after) { id cursor amount { amount } ${fields} } }`;
  const groups = (): number[] => services.hub.stats().groups.sort((a, b) => a - b);

  async function hearing(viewers: Viewer[], text: string, orderId: string) {
    const streams = await Promise.all(viewers.map((viewer) => hear(viewer, text, { orderId: gid('Order', orderId) })));
    return {
      next: () => Promise.all(streams.map((stream) => stream.next())),
      stop: async () => {
        await Promise.all(streams.map((stream) => stream.stop()));
        expect(groups()).toEqual([]);
      },
    };
  }

  it('are one group, told by one execution; the bidder learns of its own bid by another', async () => {
    const orderId = await market.order(customer, { visibility: 'OPEN' });
    const many = await market.vendors(50);
    const streams = await hearing(many, bids('bid { alias vendor { name } }'), orderId);
    await vi.waitFor(() => expect(groups()).toEqual([50]), patiently);
    const bidder = many[7] as Viewer;
    const { count, result } = await statements(async () => {
      await market.bid(bidder, orderId, '900');
      return streams.next();
    });
    const names = result.map(({ data }) => data.bidPlaced.bid.vendor?.name ?? null);
    expect(names).toEqual(many.map((vendor) => (vendor === bidder ? bidder.name : null)));
    // Order and bid, for all and for the bidder, who is also read. (The bid itself is not counted.)
    expect(count).toBeLessThanOrEqual(5);
    expect(groups()).toEqual([50]);
    await streams.stop();
  });

  it('are one group wherever they began, and whatever their cursor is called', async () => {
    const orderId = await market.order(customer, { visibility: 'OPEN' });
    await market.bid(vendors[0] as Viewer, orderId, '900');
    const first = await hear(vendors[1] as Viewer, bids(''), { orderId: gid('Order', orderId) });
    await market.bid(vendors[0] as Viewer, orderId, '800');
    const { data } = await first.next();
    const after = data.bidPlaced.cursor;
    const others = await Promise.all(
      vendors.slice(2).map((vendor) => hear(vendor, bids(''), { orderId: gid('Order', orderId), after })),
    );
    await vi.waitFor(() => expect(groups()).toEqual([vendors.length - 1]), patiently);
    await market.bid(vendors[0] as Viewer, orderId, '700');
    for (const stream of [first, ...others]) expect((await stream.next()).data.bidPlaced.amount.amount).toBe('700.00');
    await Promise.all([first, ...others].map((stream) => stream.stop()));
  });

  it('are told each by itself from when a field is found to ask who they are, and miss nothing', async () => {
    const orderId = await market.order(customer, { visibility: 'OPEN' });
    for (const [nth, vendor] of vendors.entries()) await market.bid(vendor, orderId, String(900 + nth));
    const streams = await hearing(vendors, bids('order { viewerBid { amount { amount } } }'), orderId);
    await vi.waitFor(() => expect(groups()).toEqual([vendors.length]), patiently);
    for (const amount of ['500', '400']) {
      await market.bid(vendors[0] as Viewer, orderId, amount);
      const told = (await streams.next()).map(({ data }) => data.bidPlaced.order.viewerBid.amount.amount);
      expect(told).toEqual([`${amount}.00`, ...vendors.slice(1).map((_, nth) => `${901 + nth}.00`)]);
      await vi.waitFor(() => expect(groups()).toEqual(vendors.map(() => 1)), patiently);
    }
    await streams.stop();
  });

  it('on many sockets of one customer are one group, and other fields another', async () => {
    const orderId = await market.order(customer);
    const same = await hearing([customer, customer, customer], bids('bid { vendor { name } }'), orderId);
    const other = await hearing([customer, service], bids(''), orderId);
    await vi.waitFor(() => expect(groups()).toEqual([1, 1, 3]), patiently);
    await market.bid(vendors[0] as Viewer, orderId, '900');
    for (const { data } of await same.next()) expect(data.bidPlaced.bid.vendor.name).toBe(vendors[0]?.name);
    await other.next();
    await Promise.all([other, same].map((streams) => streams.stop().catch(() => {})));
  });
});
