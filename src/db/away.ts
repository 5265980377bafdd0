/** Tells a database that is away, or went away, from one that refused. */

/** What Node and postgres.js say of a connection that could not be made or was lost. */
const lost = new Set([
  'ANSWER_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Too many clients; a transaction that paused for too long. */
const cut = new Set(['53300', '25P03']);

/** Whether the error says that the database cannot be reached: shutting down, starting, too many clients, or gone. */
export function isAway(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && (lost.has(code) || cut.has(code) || code.startsWith('08') || code.startsWith('57P'));
}

/** The SQLSTATE or the driver's code of an error, also where Drizzle has wrapped it; null where it has none. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}
