/** The database is away, or went away before it answered: nothing is known to have been done, trying again may help. */

export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** In how many seconds trying again makes sense. */
  readonly retryAfter: number;

  constructor(cause: unknown, retryAfter = 1) {
    super('The service is temporarily unavailable. Try again.', { cause });
    this.retryAfter = retryAfter;
  }
}
