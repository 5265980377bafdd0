/** Which tokens a revocation refuses. */

import type { Revocation } from '../domain/sessions.ts';

export type { Revocation } from '../domain/sessions.ts';

/**
 * Tokens tell in whole seconds when they were issued, so one of the second of the revocation may be from before or after
 * it. It is refused: one let in too many would undo the revocation, one refused too many costs its owner a second.
 */
export const isRevoked = (token: { issuedAt: number }, { revokedAt }: Pick<Revocation, 'revokedAt'>): boolean =>
  secondOf(token.issuedAt) <= secondOf(revokedAt.getTime());

const secondOf = (moment: number): number => Math.floor(moment / 1000);
