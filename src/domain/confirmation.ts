/** A confirmation: the customer has chosen a bid and waits for its vendor's answer, until `acceptBy`. */

export const confirmationAnswers = ['ACCEPTED', 'DECLINED', 'LAPSED'] as const;
export type ConfirmationAnswer = (typeof confirmationAnswers)[number];

/** How long a vendor has to answer where the customer does not say, in milliseconds. */
export const defaultAcceptWithin = 24 * 60 * 60 * 1000;

export type Confirmation = {
  bidId: string;
  /** The bid's revision that was confirmed. */
  revision: number;
  acceptBy: Date;
  answer: ConfirmationAnswer | null;
  reason: string | null;
  createdAt: Date;
  /** Null while it waits; `acceptBy` where it lapsed; set without an answer when the order was cancelled. */
  endedAt: Date | null;
};
