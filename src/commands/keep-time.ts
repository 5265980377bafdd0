/**
 * What the clock does to orders at their deadlines, whoever is asked or nobody: a batch of its own, which locks what it
 * has in hand, so that processes share the work. A process that dies leaves its rows as they were, due for another.
 */

import { isAway } from '../db/away.ts';
import { claimDue } from '../db/deadlines.ts';
import { inTransaction } from '../db/statement.ts';
import type { Appended } from '../domain/history.ts';
import { appendedBy, attempt, type BatcherDeps } from './batcher.ts';
import { wantedBy } from './deliberate.ts';

/** How many orders are taken in hand together at most. */
const mostTogether = 256;
/** How long an order that could not be brought up to date is left alone, in milliseconds. */
const rest = 60_000;

/** Does what is due, of `mostTogether` orders at most. Answers whether more may be. Throws where an order failed, or all. */
export type KeepTime = () => Promise<boolean>;

export function createTimekeeper({ pool, ring, delays }: BatcherDeps): KeepTime {
  /** Orders that failed, until when they are left alone, lest they hold up all others. */
  const aside = new Map<string, number>();

  async function take(most: number): Promise<boolean> {
    let claimed: string[] = [];
    let appended: Appended | null;
    try {
      appended = await inTransaction(pool, async (transaction) => {
        claimed = await claimDue(transaction, { most, except: setAside() });
        if (claimed.length === 0) return null;
        const wanted = wantedBy([{ reads: { orders: claimed }, key: null }]);
        return appendedBy(await attempt(transaction, [], wanted, delays));
      });
    } catch (error) {
      if (isAway(error) || claimed.length === 0) throw error;
      const [failed] = claimed;
      if (claimed.length > 1 || failed === undefined) return take(Math.ceil(claimed.length / 2));
      aside.set(failed, performance.now() + rest);
      throw new Error(`The order ${failed} could not be brought up to date`, { cause: error });
    }
    if (appended) ring(appended);
    return claimed.length === most;
  }

  function setAside(): string[] {
    for (const [id, until] of aside) if (until < performance.now()) aside.delete(id);
    return [...aside.keys()];
  }

  return () => take(mostTogether);
}
