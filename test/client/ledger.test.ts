/** The demo's own judgement: it has to see what is missing, what is doubled and what went astray. */

import { expect, test } from 'vitest';
import type { Person } from '../../examples/demo/cast.ts';
import type { Happening, Kind, PlayedOrder } from '../../examples/demo/happenings.ts';
import { createLedger } from '../../examples/demo/ledger.ts';

// The ledger never asks a client for anything.
const person = (name: string, role: Person['role']) => ({ name, role }) as Person;
const alma = person('Alma', 'customer');
const lin = person('Lin', 'customer');
const iron = person('Iron', 'vendor');
const juniper = person('Juniper', 'vendor');

const orderOf = (customer: Person, visibility: PlayedOrder['visibility']): PlayedOrder => ({
  id: `order of ${customer.name}`,
  title: 'Chairs',
  customer,
  visibility,
  currency: 'EUR',
  bids: new Map(),
});

function happening(kind: Kind, order: PlayedOrder, vendors: Person[] = []): Happening {
  return { kind, order, vendors, what: `${order.id} it`, told: `${kind} of it`, startedAt: 0 };
}

const heardOf = (order: PlayedOrder, id = 'e1') => ({
  id,
  orderId: order.id,
  what: `${order.id} it`,
  shown: 'it',
  at: 5,
});
const faultsOf = (ledger: ReturnType<typeof createLedger>) =>
  ledger.faults().map(({ fault, told }) => `${fault}: ${told}`);

test('is content where everyone concerned heard it once', async () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'SEALED');
  const own = ledger.open({ person: alma, kind: 'bidPlaced', order: null });
  ledger.open({ person: lin, kind: 'bidPlaced', order: null });
  ledger.open({ person: juniper, kind: 'bidPlaced', order });
  own.hear(heardOf(order));
  const [told] = await ledger.happen([happening('bidPlaced', order, [iron])]);
  expect(told?.delivered.map(({ window, ms }) => [window.person.name, ms])).toEqual([['Alma', 5]]);
  expect(ledger.faults()).toEqual([]);
});

test('sees what is missing', async () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'RANK');
  ledger.open({ person: alma, kind: 'bidPlaced', order });
  await ledger.happen([happening('bidPlaced', order, [iron])], 1);
  expect(faultsOf(ledger)).toEqual(['missing: Alma, bidPlaced of “Chairs”: bidPlaced of it']);
});

test('sees what came twice', async () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'RANK');
  const own = ledger.open({ person: alma, kind: 'orderUpdated', order: null });
  own.hear(heardOf(order));
  own.hear(heardOf(order));
  await ledger.happen([happening('orderUpdated', order)]);
  expect(faultsOf(ledger)).toEqual(['doubled: Alma, orderUpdated: 2 times it']);
});

test.each(['SEALED', 'RANK'] as const)('sees a rival hear of a bid on a %s order', async (visibility) => {
  const ledger = createLedger();
  const order = orderOf(alma, visibility);
  ledger.open({ person: juniper, kind: 'bidPlaced', order }).hear(heardOf(order));
  await ledger.happen([happening('bidPlaced', order, [iron])]);
  expect(faultsOf(ledger)).toEqual(['astray: Juniper, bidPlaced of “Chairs”: it']);
});

test('sees another vendor hear that a bid is chosen', async () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'OPEN');
  ledger.open({ person: iron, kind: 'bidConfirmed', order: null }).hear(heardOf(order));
  ledger.open({ person: juniper, kind: 'bidConfirmed', order: null }).hear(heardOf(order));
  await ledger.happen([happening('bidConfirmed', order, [iron])]);
  expect(faultsOf(ledger)).toEqual(['astray: Juniper, bidConfirmed: it']);
});

test('does not mind what others do on the same market', async () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'OPEN');
  ledger.open({ person: iron, kind: 'orderOpened', order: null }).hear(heardOf(orderOf(lin, 'OPEN')));
  ledger.open({ person: alma, kind: 'orderUpdated', order: null }).hear(heardOf(orderOf(lin, 'OPEN')));
  await ledger.happen([happening('orderUpdated', order)], 1);
  expect(faultsOf(ledger)).toEqual([
    'astray: Alma, orderUpdated: it',
    'missing: Alma, orderUpdated: orderUpdated of it',
  ]);
});

test('minds a refusal, but not where nothing may be heard', () => {
  const ledger = createLedger();
  const order = orderOf(alma, 'RANK');
  const refusal = { code: 'FORBIDDEN', message: 'no' };
  ledger.open({ person: iron, kind: 'bidPlaced', order }).fail(refusal);
  ledger.open({ person: iron, kind: 'bidConfirmed', order }).fail(refusal);
  expect(faultsOf(ledger)).toEqual(['failed: Iron, bidConfirmed of “Chairs”: no']);
  expect(ledger.turnedAway()).toBe(1);
});
