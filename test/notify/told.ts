/** Notifications and recipients to test with. */

import { randomUUID } from 'node:crypto';
import type { Told } from '../../src/domain/digest.ts';
import type { Message } from '../../src/notify/sender.ts';

export const bidPlaced = (title = 'Chairs', amount = '1250.50', orderId: string = randomUUID()): Told => ({
  id: randomUUID(),
  at: new Date('2026-11-23T12:00:00.250Z'),
  happening: {
    kind: 'bidPlaced',
    orderId,
    data: { bidId: randomUUID(), vendorId: randomUUID(), revision: 1, amount, currency: 'INR' },
  },
  order: { id: orderId, title, externalId: 'order-7' },
});

export const message = (told: Told[], email: string | null = 'ada@shop.example', more = 0): Message => ({
  id: randomUUID(),
  to: { externalId: 'ada', name: 'Ada “the buyer” <x>', email, unsubscribeToken: randomUUID() },
  digest: { told, more },
});
