/** A round of negotiation: open until `respondBy`, the next round, a confirmation or the order's end. */

export type Round = {
  id: string;
  round: number;
  message: string;
  targetAmount: string | null;
  respondBy: Date | null;
  /** The bid that prompted it; no vendor is told. */
  promptedBy: string | null;
  createdAt: Date;
  endedAt: Date | null;
};

/** Whether vendors can still answer a round; `respondBy` itself is already past. */
export const isOpen = (round: Pick<Round, 'respondBy' | 'endedAt'>, now: Date): boolean =>
  round.endedAt === null && (round.respondBy === null || round.respondBy > now);
