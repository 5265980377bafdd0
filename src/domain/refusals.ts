/** Every expected "no", as data: a stable code, and what the caller needs to go on. */

export type Issue = { path: string[]; message: string };

export type Refusal =
  | { code: 'INVALID_INPUT'; issues: Issue[] }
  | { code: 'IDEMPOTENCY_KEY_REUSED' }
  | { code: 'ORDER_NOT_OPEN'; orderId: string }
  | { code: 'ORDER_ENDED'; orderId: string }
  | { code: 'NO_ACTIVE_BIDS'; orderId: string }
  | { code: 'BID_NOT_LOWER'; highest: string; currency: string }
  | { code: 'BID_NOT_ACTIVE'; bidId: string }
  | { code: 'BID_REVISED'; bidId: string }
  | { code: 'CONFIRMATION_PENDING'; bidId: string }
  | { code: 'NO_CONFIRMATION_PENDING'; bidId: string }
  | { code: 'DELIVERY_NOT_FAILED'; deliveryId: string }
  /** Not there, or not to be known by this viewer: both alike. */
  | { code: 'NOT_FOUND'; message: string }
  | { code: 'FORBIDDEN'; message: string };

export type RefusalCode = Refusal['code'];

/** One input that is against a rule; `path` is within the input. */
export const invalid = (path: string, message: string): Refusal => ({
  code: 'INVALID_INPUT',
  issues: [{ path: [path], message }],
});
