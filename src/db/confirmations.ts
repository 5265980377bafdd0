/** Reading confirmations: of each bid the latest. */

import { sql } from 'drizzle-orm';
import type { ConfirmationAnswer } from '../domain/confirmation.ts';
import type { Database } from './connection.ts';
import { statement } from './statement.ts';

export type ConfirmationRow = {
  bidId: string;
  revision: number;
  acceptBy: string;
  answer: ConfirmationAnswer | null;
  reason: string | null;
};

const latest = statement<ConfirmationRow>(sql`
  select distinct on (c.bid_id) c.bid_id as "bidId", c.revision, c.accept_by as "acceptBy", c.answer::text as answer, c.reason
  from confirmations c where c.bid_id = any(${sql.placeholder('bidIds')}::uuid[])
  order by c.bid_id, c.revision desc`);

/** Of each bid its latest confirmation; bids without any are left out. */
export const latestConfirmations = (db: Database, bidIds: readonly string[]): Promise<ConfirmationRow[]> =>
  latest(db.$client, { bidIds });
