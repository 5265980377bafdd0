/** Decides a batch of commands one after the other in memory, each on what those before it did; nothing is saved here. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { Books, Wanted } from '../db/books.ts';
import type { Batch, Unnumbered } from '../db/save.ts';
import { type About, type Accepted, applied, type Book, type Changes } from '../domain/book.ts';
import { caughtUp, dueAt } from '../domain/deadlines.ts';
import type { Found, Outcome, Task } from './command.ts';

/** What one command came to. It holds only if every order it was decided on is saved, or was not changed at all. */
export type Verdict<T> = { of: T; outcome: Outcome; orders: string[] };

export type Plan<T> = { verdicts: Verdict<T>[]; batch: Batch };

/** What all tasks of a batch read, together. */
export function wantedBy(tasks: Pick<Task, 'reads' | 'key'>[]): Wanted {
  const reads = tasks.map((task) => task.reads);
  const running = reads.filter((read) => read.running);
  return {
    orders: unique(reads.flatMap((read) => read.orders ?? [])),
    bids: unique(reads.flatMap((read) => read.bids ?? [])),
    bidders: reads.flatMap((read) => read.bidders ?? []),
    running: {
      orders: unique(running.flatMap((read) => read.orders ?? [])),
      ofBids: unique(running.flatMap((read) => read.bids ?? [])),
    },
    users: unique(reads.flatMap((read) => read.users ?? [])),
    recipients: unique(reads.flatMap((read) => read.recipients ?? [])),
    keys: tasks.flatMap((task) => task.key ?? []),
  };
}

const unique = (ids: string[]): string[] => [...new Set(ids)];

/**
 * What the clock did to the orders comes first, in every decision: who is late is judged by the deadline, and not by when
 * somebody looked. `confirmWithin` is in milliseconds.
 */
export function deliberate<T extends { task: Task }>(asked: T[], read: Books, confirmWithin: number): Plan<T> {
  const { now, orderOfBid } = read;
  const books = new Map(read.books);
  const recipients = new Map(read.recipients);
  const draft = newDraft();
  const found: Found = {
    order: (id) => books.get(id),
    ofBid: (bidId) => books.get(orderOfBid.get(bidId) ?? ''),
    user: (id) => read.users.has(id),
    confirmWithin,
    recipient: (externalId) => recipients.get(externalId),
  };

  for (const id of read.overdue) {
    const book = books.get(id);
    if (book === undefined) continue;
    const { book: current, happened } = caughtUp(book, confirmWithin, now);
    books.set(id, current);
    // Saved in any case, and with it when it is due next.
    draft.changed.add(id);
    for (const decision of happened) note(draft, null, decision, now);
  }

  const verdicts = asked.map((of): Verdict<T> => {
    const { task } = of;
    const orders = ordersOf(task, orderOfBid);
    const repeated = outcomeOfRepeat(task, read);
    if (repeated !== null) return { of, outcome: repeated, orders: [] };
    const decision = task.decide(found, now);
    if ('refused' in decision) return { of, outcome: decision, orders };
    const orderId = orderOf(decision.about);
    const book = books.get(orderId ?? '');
    if (book !== undefined) books.set(book.order.id, applied(book, decision.changes));
    for (const { id, externalId } of decision.changes.newcomers ?? []) recipients.set(externalId, id);
    note(draft, task.key, decision, now);
    return {
      of,
      outcome: { done: decision.about },
      orders: unique([...orders, ...(orderId === null ? [] : [orderId])]),
    };
  });

  return { verdicts, batch: batchOf(draft, read.books, books, now) };
}

/** The order that a decision changed, which it is saved with; null where it is of none. */
const orderOf = (about: About): string | null => ('orderId' in about ? about.orderId : null);

/** A key that took effect before answers as it did then, if the input is the same. */
function outcomeOfRepeat({ key }: Task, { kept }: Books): Outcome | null {
  if (key === null) return null;
  const former = kept.find(
    (one) => one.viewerId === key.viewerId && one.mutation === key.mutation && one.key === key.key,
  );
  if (former === undefined) return null;
  return former.input === key.input ? { done: former.about } : { refused: { code: 'IDEMPOTENCY_KEY_REUSED' } };
}

const ordersOf = ({ reads }: Task, orderOfBid: Books['orderOfBid']): string[] => [
  ...(reads.orders ?? []),
  ...(reads.bids ?? []).flatMap((bidId) => orderOfBid.get(bidId) ?? []),
];

/** What was decided so far: rows by what identifies them, so that the last decision on each is what gets saved. */
type Draft = {
  changed: Set<string>;
  created: Batch['created'];
  bids: Map<string, Batch['bids'][number]>;
  confirmations: Map<string, Batch['confirmations'][number]>;
  rounds: Map<string, Batch['rounds'][number]>;
  readers: Batch['readers'];
  revoked: Map<string, Batch['revoked'][number]>;
  newcomers: Batch['newcomers'];
  kept: Batch['kept'];
  events: Unnumbered[];
};

const newDraft = (): Draft => ({
  changed: new Set(),
  created: [],
  bids: new Map(),
  confirmations: new Map(),
  rounds: new Map(),
  readers: [],
  revoked: new Map(),
  newcomers: [],
  kept: [],
  events: [],
});

function note(draft: Draft, key: Task['key'], { changes, announcements, about }: Accepted<About>, now: Date): void {
  const orderId = orderOf(about);
  if (orderId !== null) noteOrder(draft, orderId, changes);
  if (changes.revoked) draft.revoked.set(changes.revoked.userId, changes.revoked);
  if (key !== null) draft.kept.push({ ...key, orderId, about, createdAt: now });
  draft.newcomers.push(...(changes.newcomers ?? []));
  for (const { id = randomUUID(), happening, audience } of announcements) {
    const event = { id, tag: randomBytes(8).readBigInt64BE().toString(), at: now.toISOString() };
    for (const topic of audience) draft.events.push({ ...happening, ...topic, ...event });
  }
}

function noteOrder(draft: Draft, orderId: string, changes: Changes): void {
  const { created } = changes;
  if (created)
    draft.created.push({ ...created, status: 'OPEN', version: 1, placements: 0, rounds: 0, dueAt: created.closesAt });
  else draft.changed.add(orderId);
  for (const bid of changes.bids ?? []) draft.bids.set(bid.id, { ...bid, orderId });
  for (const one of changes.confirmations ?? [])
    draft.confirmations.set(`${one.bidId} ${one.revision}`, { ...one, orderId });
  for (const round of changes.rounds ?? []) draft.rounds.set(round.id, { ...round, orderId });
  for (const reader of changes.readers ?? []) draft.readers.push({ ...reader, orderId });
}

function batchOf(draft: Draft, before: Map<string, Book>, after: Map<string, Book>, now: Date): Batch {
  const changed = [...draft.changed].flatMap((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (was === undefined || is === undefined) return [];
    return [{ ...is.order, dueAt: dueAt(is), until: earliest([...deadlines(was), ...deadlines(is)], now) }];
  });
  return {
    ...draft,
    changed,
    bids: [...draft.bids.values()],
    confirmations: [...draft.confirmations.values()],
    rounds: [...draft.rounds.values()],
    revoked: [...draft.revoked.values()],
  };
}

const deadlines = ({ order, round, pending }: Book): (Date | null | undefined)[] => [
  order.closesAt,
  order.confirmBy,
  round?.respondBy,
  pending?.acceptBy,
];

/** The next deadline ahead: decisions that are not saved before it have to be made again. */
function earliest(moments: (Date | null | undefined)[], now: Date): Date | null {
  const ahead = moments.filter((moment) => moment != null).filter((moment) => moment > now);
  return ahead.length === 0 ? null : new Date(Math.min(...ahead.map(Number)));
}
