/** How a vendor's bid stands among the others, and how much of that the order's visibility lets it know. */

export const visibilities = ['SEALED', 'RANK', 'OPEN'] as const;
export type BidVisibility = (typeof visibilities)[number];

/** What there is to know of an active bid's standing. `rank` counts from 1; `bidders` are those ACTIVE or CONFIRMED. */
export type FullStanding = { rank: number; bidders: number; best: string; mine: string };

/** What the vendor may know of it; null is hidden. */
export type Standing = { rank: number | null; bidders: number | null; best: string | null; mine: string };

/** Cuts a standing down to what the order's visibility shows. */
export function visibleStanding(full: FullStanding, visibility: BidVisibility): Standing {
  const sealed = { rank: null, bidders: null, best: null, mine: full.mine };
  switch (visibility) {
    case 'SEALED':
      return sealed;
    case 'RANK':
      return { ...sealed, rank: full.rank, bidders: full.bidders };
    case 'OPEN':
      return full;
  }
}
