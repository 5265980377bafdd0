/** Who learns of what: each kind of event with the topics that it goes to. Who acts gets it too, but is not told. */

import type { Announcement } from './book.ts';
import type { ApartData, Audience, EventData, Party } from './events.ts';
import type { Order } from './order.ts';
import type { Revocation } from './sessions.ts';
import { marketTopic, orderTopic, sessionsTopic, userTopic, vendorsTopic } from './topics.ts';

const openly = (topic: string): Audience => ({ topic, party: null, told: false });
const tell = (userId: string, party: Party | null): Audience => ({ topic: userTopic(userId), party, told: true });
const show = (userId: string, party: Party): Audience => ({ topic: userTopic(userId), party, told: false });

export const orderOpened = (orderId: string): Announcement => ({
  happening: { kind: 'orderOpened', orderId, data: {} },
  audience: [openly(orderTopic(orderId)), openly(marketTopic)],
});

export const bidPlaced = (order: Order, data: EventData['bidPlaced']): Announcement => ({
  happening: { kind: 'bidPlaced', orderId: order.id, data },
  audience: aboutBid(order),
});

export const bidWithdrawn = (order: Order, data: EventData['bidWithdrawn']): Announcement => ({
  happening: { kind: 'bidWithdrawn', orderId: order.id, data },
  audience: aboutBid(order),
});

/** The other vendors learn of a bid only where bids are open. */
function aboutBid(order: Order): Audience[] {
  const audience = [openly(orderTopic(order.id)), tell(order.customerId, 'CUSTOMER')];
  return order.visibility === 'OPEN' ? [...audience, openly(vendorsTopic(order.id))] : audience;
}

export const negotiationRequested = (order: Order, negotiationId: string, asked: string[]): Announcement => ({
  happening: { kind: 'negotiationRequested', orderId: order.id, data: { negotiationId } },
  audience: [
    openly(orderTopic(order.id)),
    show(order.customerId, 'CUSTOMER'),
    ...asked.map((vendorId) => tell(vendorId, 'VENDOR')),
  ],
});

export const bidConfirmed = (order: Order, data: EventData['bidConfirmed']): Announcement => ({
  happening: { kind: 'bidConfirmed', orderId: order.id, data },
  audience: [openly(orderTopic(order.id)), show(order.customerId, 'CUSTOMER'), tell(data.vendorId, 'VENDOR')],
});

/** Answered by its vendor; a lapse is nobody's act, so the vendor is told as well. */
export const confirmationAnswered = (order: Order, data: EventData['confirmationAnswered']): Announcement => ({
  happening: { kind: 'confirmationAnswered', orderId: order.id, data },
  audience: [
    openly(orderTopic(order.id)),
    tell(order.customerId, 'CUSTOMER'),
    (data.answer === 'LAPSED' ? tell : show)(data.vendorId, 'VENDOR'),
  ],
});

/** The order as it is now. `losers` are the vendors whose bids it ended; of its own doing the customer is not told. */
export const orderUpdated = (order: Order, reason: string | null = null, losers: string[] = []): Announcement =>
  updated(order, show(order.customerId, 'CUSTOMER'), reason, losers);

/** The same, where nobody did it but the clock: the customer is told as well. */
export const orderUpdatedByClock = (order: Order, losers: string[] = []): Announcement =>
  updated(order, tell(order.customerId, 'CUSTOMER'), null, losers);

const updated = (order: Order, customer: Audience, reason: string | null, losers: string[]): Announcement => ({
  happening: {
    kind: 'orderUpdated',
    orderId: order.id,
    data: { status: order.status, closesAt: order.closesAt?.toISOString() ?? null, reason },
  },
  audience: [
    openly(orderTopic(order.id)),
    openly(vendorsTopic(order.id)),
    customer,
    openly(marketTopic),
    ...losers.map((vendorId) => tell(vendorId, 'VENDOR')),
  ],
});

/** For one user, whatever it acts as. */
export const notified = (id: string, userId: string, data: ApartData['notified']): Announcement => ({
  id,
  happening: { kind: 'notified', orderId: null, data },
  audience: [tell(userId, null)],
});

/** For every process, which ends what the user has open there. */
export const sessionsRevoked = ({ userId, revokedAt }: Revocation): Announcement => ({
  happening: { kind: 'sessionsRevoked', orderId: null, data: { userId, revokedAt: revokedAt.toISOString() } },
  audience: [openly(sessionsTopic)],
});
