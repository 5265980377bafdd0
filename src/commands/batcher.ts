/**
 * Commands that wait in a process are decided together and saved together: one statement reads for all, one saves for
 * all, one batch at a time, with a rest after a small one. The first try compares the orders' versions; commands on an
 * order that had moved are decided again, with the order locked, and so from the first try on while another process is at it
 * too. A batch that fails is halved, so that only the command at fault fails.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, isAway } from '../db/away.ts';
import { lockOrders, readBooks, type Wanted } from '../db/books.ts';
import { type Saved, saveBatch } from '../db/save.ts';
import { inTransaction, type Pool, type Queryable } from '../db/statement.ts';
import type { Entry } from '../domain/events.ts';
import type { Appended } from '../domain/history.ts';
import type { Outcome, Task } from './command.ts';
import { deliberate, type Plan, wantedBy } from './deliberate.ts';
import { carried, type Snapshot, takeSnapshots } from './snapshots.ts';
import { Unavailable } from './unavailable.ts';

/** How many commands are decided together at most. */
const mostTogether = 256;
/**
 * What follows a batch if the next waits already, as a share of the time that it took. A batch costs far more than one more
 * command in it: where they follow without a rest they become ever smaller and more, until all wait for a processor.
 */
const rest = 0.5;
/** A batch of so many is not made much cheaper by one more: there is no rest before or after it. */
const many = 16;
/** Milliseconds: a batch that waited for the database, and not for a processor, can take long. */
const longestRest = 8;
/** Milliseconds from asking, after which whoever asked is told that the service is unavailable. */
const mostPatience = 5_000;
/** How many are answered in one turn of the event loop: what is made of an answer runs in it, and the next batch waits. */
const answeredTogether = 8;
/** How often a command is decided before it is given up: each time the order had moved, or another was faster. */
const mostTries = 16;
/** Milliseconds for which an order counts as hot: another process was faster where most of a batch was about it. */
const hotFor = 1_000;
/** Two commands met at a constraint (one was faster) or at a lock: decided again, the rules see what is there now. */
const anotherWasFaster = new Set(['23505', '23502', '40001', '40P01']);

type Asked = {
  task: Task;
  tries: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
  /** Nobody waits for the answer any more. */
  givenUp: boolean;
};

export type Batcher = {
  /**
   * Decides and saves a command together with whichever wait. Throws Unavailable while the database is away, and where it
   * has not answered within five seconds: what had not begun by then is never done, what had may still be, so only with
   * the same idempotency key is it safe to ask again.
   */
  submit: (task: Task) => Promise<Outcome>;
  /** Resolves when everything submitted has been answered. */
  idle: () => Promise<void>;
  /** So far: what was decided again counts again. */
  decided: () => Decided;
};

export type Decided = { commands: number; batches: number };

/** What the configuration says of time, in milliseconds. */
export type Delays = {
  /** How long a closed order can be confirmed. */
  confirmWithin: number;
  /** When somebody looks after those who were told something; null: nobody does. */
  fallbackAfter: number | null;
};

/** `ring` is told of the events of each commit, with their numbers. */
export type Ring = (appended: Appended) => void;

export type BatcherDeps = { pool: Pool; ring: Ring; delays: Delays };

export function createBatcher({ pool, ring, delays }: BatcherDeps): Batcher {
  const waiting: Asked[] = [];
  let working: Promise<void> | null = null;
  /** Of the batch that was saved last. */
  let answering = Promise.resolve();
  const hot = new Map<string, number>();
  const decided: Decided = { commands: 0, batches: 0 };

  async function work(): Promise<void> {
    // What else comes in this turn of the event loop goes with it.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const began = performance.now();
      const batch = takeTogether(waiting);
      await settle(batch);
      // Who comes to an idle process never waits, nor who asks again once it is answered.
      if (waiting.length > 0 && Math.max(batch.length, waiting.length) < many)
        await delay(Math.min(rest * (performance.now() - began), longestRest));
    }
    working = null;
  }

  async function settle(those: Asked[]): Promise<void> {
    const asked = those.filter(({ givenUp }) => !givenUp);
    if (asked.length === 0) return;
    const locking = asked.some((one) => one.tries > 0 || isHot(one));
    for (const one of asked) one.tries += 1;
    decided.commands += asked.length;
    decided.batches += 1;
    let attempted: Attempted<Asked>;
    try {
      attempted = await (locking ? lockedAttempt(asked) : attempt(pool, asked, wantedOf(asked), delays));
    } catch (error) {
      return recover(asked, error);
    }
    const appended = appendedBy(attempted);
    const { answers, moved } = sortedOut(attempted);
    // In the order of the commits: an answer that came after a later ring would tell an older order than that did.
    await answering;
    if (appended) ring(appended);
    answering = give(answers);
    // Where a few of many orders had moved, locking all of them would make the processes wait for each other.
    if (moved.length > asked.length / 2) noteHot(moved);
    if (moved.length > 0) await settle(moved);
  }

  function noteHot(moved: Asked[]): void {
    const now = Date.now();
    for (const [id, until] of hot) if (until < now) hot.delete(id);
    for (const id of wantedOf(moved).orders) hot.set(id, now + hotFor);
  }

  const isHot = ({ task }: Asked): boolean =>
    hot.size > 0 && (task.reads.orders ?? []).some((id) => (hot.get(id) ?? 0) > Date.now());

  async function recover(asked: Asked[], error: unknown): Promise<void> {
    const [first] = asked;
    if (isAway(error)) return fail(asked, new Unavailable(error));
    if (asked.length > 1) {
      const half = Math.ceil(asked.length / 2);
      await settle(asked.slice(0, half));
      return settle(asked.slice(half));
    }
    if (first !== undefined && first.tries < mostTries && anotherWasFaster.has(codeOf(error) ?? ''))
      return settle(asked);
    fail(asked, error);
  }

  const lockedAttempt = (asked: Asked[]): Promise<Attempted<Asked>> =>
    inTransaction(pool, async (transaction) => {
      const wanted = wantedOf(asked);
      // Both are sent at once, and run one after the other: what is read is read under the lock, a round trip earlier.
      const locked = lockOrders(transaction, wanted);
      const [attempted] = await Promise.all([attempt(transaction, asked, wanted, delays), locked]);
      return attempted;
    });

  return {
    submit(task) {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      const asked: Asked = { task, tries: 0, resolve, reject, givenUp: false };
      const late = setTimeout(() => {
        asked.givenUp = true;
        reject(new Unavailable(new Error(`The database has not answered for ${mostPatience} ms.`)));
      }, mostPatience);
      waiting.push(asked);
      working ??= work();
      return promise.finally(() => clearTimeout(late));
    },
    idle: async () => {
      while (working !== null) await working;
      await answering;
    },
    decided: () => ({ ...decided }),
  };
}

const fail = (asked: Asked[], error: unknown): void => {
  for (const { reject } of asked) reject(error);
};

/** Takes the next batch out of the queue. A repeat waits for the first: its key's outcome is not known before. */
function takeTogether(waiting: Asked[]): Asked[] {
  const keys = new Set<string>();
  const taken: Asked[] = [];
  const left: Asked[] = [];
  for (const asked of waiting) {
    const { key } = asked.task;
    const name = key && `${key.viewerId} ${key.mutation} ${key.key}`;
    if (taken.length >= mostTogether || (name && keys.has(name))) left.push(asked);
    else taken.push(asked);
    if (name) keys.add(name);
  }
  waiting.splice(0, waiting.length, ...left);
  return taken;
}

const wantedOf = (asked: Asked[]): Wanted => wantedBy(asked.map(({ task }) => task));

type Attempted<T> = { plan: Plan<T>; saved: Saved; snapshots: Map<string, Snapshot> };

const nothingSaved: Saved = { orders: new Set(), positions: new Map(), source: null };

/** Reads what is wanted, decides on it, and saves what came of it, but for what had moved meanwhile. */
export async function attempt<T extends { task: Task }>(
  on: Queryable,
  asked: T[],
  wanted: Wanted,
  delays: Delays,
): Promise<Attempted<T>> {
  const read = await readBooks(on, wanted, delays.confirmWithin);
  const plan = deliberate(asked, read, delays.confirmWithin);
  const { created, changed, revoked, events } = plan.batch;
  const writes = created.length + changed.length + revoked.length + events.length > 0;
  const saved = writes ? await saveBatch(on, plan.batch, delays.fallbackAfter) : nothingSaved;
  return { plan, saved, snapshots: takeSnapshots(plan.batch, read, saved) };
}

type Answer = { to: Asked; outcome: Outcome };

/** The answers of those whose orders were saved, and whoever has to be decided again. */
function sortedOut({ plan: { verdicts, batch }, saved, snapshots }: Attempted<Asked>): {
  answers: Answer[];
  moved: Asked[];
} {
  const unsaved = new Set(batch.changed.map((order) => order.id).filter((id) => !saved.orders.has(id)));
  const answers: Answer[] = [];
  const moved: Asked[] = [];
  for (const { of, outcome, orders } of verdicts) {
    if (!orders.some((id) => unsaved.has(id))) answers.push({ to: of, outcome: withSnapshot(outcome, snapshots) });
    else if (of.tries < mostTries) moved.push(of);
    else of.reject(new Unavailable(new Error('The order kept moving.')));
  }
  return { answers, moved };
}

/** Between the turns the statements of the next batch go out and come back. Resolves once what is made of the answers has run. */
async function give(answers: Answer[]): Promise<void> {
  for (let given = 0; given < answers.length; given += answeredTogether) {
    for (const { to, outcome } of answers.slice(given, given + answeredTogether)) to.resolve(outcome);
    await new Promise(setImmediate);
  }
}

/** A repeat's order may be there for another command of the batch: as of now, as all that is read after it. */
function withSnapshot(outcome: Outcome, snapshots: ReadonlyMap<string, Snapshot>): Outcome {
  const snapshot = 'done' in outcome && 'orderId' in outcome.done && snapshots.get(outcome.done.orderId);
  return snapshot ? { ...outcome, snapshot } : outcome;
}

/** What was appended, with its numbers; null if nothing was. */
export function appendedBy({ plan, saved, snapshots }: Attempted<unknown>): Appended | null {
  const { positions, source } = saved;
  const entries = plan.batch.events.flatMap((event, nth): Entry[] => {
    const position = positions.get(nth);
    return position === undefined ? [] : [{ ...event, position }];
  });
  return source === null || entries.length === 0 ? null : { source, entries, snapshots: carried(snapshots, entries) };
}
