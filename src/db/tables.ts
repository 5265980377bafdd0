/** The tables, as Drizzle sees them. Constraints hold the invariants that no process may break, whatever its code says. */

export * from './tables/away.ts';
export * from './tables/events.ts';
export * from './tables/idempotency.ts';
export * from './tables/market.ts';
export * from './tables/users.ts';
