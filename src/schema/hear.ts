/** Joins a viewer to the topic that a subscription reads, if the policy lets it, there and for each event again. */

import type { GraphQLError } from 'graphql';
import { bidsAreOpen, hears, mayBeTold, relationTo, type Source } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Entry, EventData, EventKind } from '../domain/events.ts';
import { marketTopic, orderTopic, userTopic, vendorsTopic } from '../domain/topics.ts';
import { CursorExpired, encodeCursor, generalScope, orderScope, placeIn } from '../pubsub/cursor.ts';
import type { Subscriber } from '../pubsub/subscriber.ts';
import { type Context, viewerOf } from './context.ts';
import { cursorExpired, forbidden, notFound } from './errors.ts';
import { decodeOptionalId } from './ids.ts';

/** An event as one subscription hears it; its cursor is good in that scope only. */
export type Heard<Kind extends EventKind = EventKind> = {
  entry: Entry & { kind: Kind; data: EventData[Kind] };
  scope: string;
};

export type HearArgs = { orderId?: string | null | undefined; after?: string | null | undefined };

/** A subscription that was let in: where its events come from, and how they reach what executes it for each of them. */
export class Hearing {
  readonly subscriber: Subscriber;
  readonly wants: (entry: Entry) => boolean;
  /** The topic is followed by many, who are answered the same if nothing asks who they are. */
  readonly isShared: boolean;
  readonly #orderId: string | null;

  constructor(parts: Pick<Hearing, 'subscriber' | 'wants' | 'isShared'> & { orderId: string | null }) {
    this.subscriber = parts.subscriber;
    this.wants = parts.wants;
    this.isShared = parts.isShared;
    this.#orderId = parts.orderId;
  }

  /** The root value of an execution for this event. */
  heard(entry: Entry): Heard {
    return { entry, scope: scopeOf(this.#orderId) } as Heard;
  }

  /** What ended it, as told to the client. */
  reason(error: unknown): unknown {
    return error instanceof CursorExpired ? expired(error, scopeOf(this.#orderId)) : error;
  }

  /** GraphQL wants what it can iterate; the events are handed on by the subscriber. */
  [Symbol.asyncIterator](): AsyncIterator<never> {
    throw new Error('A hearing is not iterated: start its subscriber.');
  }
}

/** Refuses with FORBIDDEN, NOT_FOUND, BAD_USER_INPUT, CURSOR_INVALID or CURSOR_EXPIRED. */
export async function hear(kind: EventKind, args: HearArgs, context: Context): Promise<Hearing> {
  const viewer = viewerOf(context);
  const orderId = decodeOptionalId('Order', args.orderId);
  const source = hears[kind][viewer.role][orderId === null ? 'general' : 'ofOrder'];
  if (source === null) throw forbidden(`Without an orderId ${kind} is not for a ${viewer.role.toLowerCase()}.`);
  if (orderId !== null) await mayHear(kind, orderId, source, context);
  const topic = topicOf(source, orderId ?? '', viewer);
  const isShared = source !== 'user';
  const wants = isShared
    ? everyOf(kind)
    : (entry: Entry): boolean =>
        entry.kind === kind && entry.party === viewer.role && (orderId === null || entry.orderId === orderId);
  return join(topic, args.after, { wants, isShared, orderId }, context);
}

const everyOfKind = new Map<EventKind, (entry: Entry) => boolean>();

/** One function for all who want the same: there are thousands of them. */
function everyOf(kind: EventKind): (entry: Entry) => boolean {
  const wants = everyOfKind.get(kind) ?? ((entry) => entry.kind === kind);
  everyOfKind.set(kind, wants);
  return wants;
}

/** All that the viewer is told, from its own topic. */
export async function hearNotifications({ after }: Pick<HearArgs, 'after'>, context: Context): Promise<Hearing> {
  const viewer = viewerOf(context);
  const wants = (entry: Entry): boolean => entry.told && mayBeTold(entry, viewer);
  return join(userTopic(viewer.id), after, { wants, isShared: false, orderId: null }, context);
}

async function join(
  topic: string,
  after: HearArgs['after'],
  terms: Pick<Hearing, 'wants' | 'isShared'> & { orderId: string | null },
  { services }: Context,
): Promise<Hearing> {
  const scope = scopeOf(terms.orderId);
  const place = after === null || after === undefined ? null : placeIn(after, scope, topic);
  const subscriber = await services.hub.join({ topic, after: place }).catch((error: unknown) => {
    throw error instanceof CursorExpired ? expired(error, scope) : error;
  });
  return new Hearing({ subscriber, ...terms });
}

/** Rights are asked for each event: who lost them gets an error in its place, and nothing more. */
export async function stillHears(heard: Heard, context: Context): Promise<void> {
  const { kind, orderId, topic } = heard.entry;
  await mayHear(kind, orderId, topic === vendorsTopic(orderId) ? 'vendors' : 'user', context);
}

async function mayHear(kind: EventKind, orderId: string, source: Source, context: Context): Promise<void> {
  const order = await context.load.order(orderId);
  if (!order || !relationTo(order, viewerOf(context))) throw notFound('order');
  const isOfRivals = source === 'vendors' && (kind === 'bidPlaced' || kind === 'bidWithdrawn');
  if (isOfRivals && !bidsAreOpen(order)) throw forbidden('The bids on this order are not open to the other vendors.');
}

function topicOf(source: Source, orderId: string, viewer: Viewer): string {
  switch (source) {
    case 'order':
      return orderTopic(orderId);
    case 'vendors':
      return vendorsTopic(orderId);
    case 'user':
      return userTopic(viewer.id);
    case 'market':
      return marketTopic;
  }
}

const scopeOf = (orderId: string | null): string => (orderId === null ? generalScope : orderScope(orderId));

/** What history cannot be had any more is told with a cursor of the same stream from which it can. */
const expired = (error: CursorExpired, scope: string): GraphQLError =>
  cursorExpired(encodeCursor(scope, [{ topic: error.topic, ...error.oldest }]));
