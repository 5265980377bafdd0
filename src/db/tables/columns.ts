/** Columns that several tables have, each of one type everywhere. */

import { customType, numeric, timestamp } from 'drizzle-orm/pg-core';

/** JavaScript's Date has milliseconds; more digits would be lost on the way and compare unequal. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
export const amount = (name: string) => numeric(name, { precision: 19, scale: 4 });
/** A transaction's id, 64 bits wide, which never wraps. */
export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });
