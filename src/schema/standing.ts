/** How the asking vendor's bid stands among the others, as far as the order's visibility shows it. */

import { visibleStanding } from '../domain/standing.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { Money } from './money.ts';
import { Order, Standing } from './refs.ts';

Standing.implement({
  description: 'SEALED: mine. RANK: and rank, bidders. OPEN: and best. What the visibility hides is null.',
  fields: (t) => ({
    rank: t.exposeInt('rank', {
      nullable: true,
      description: '1 is best. Of equal amounts the one placed earlier stands higher.',
    }),
    bidders: t.exposeInt('bidders', {
      nullable: true,
      description: 'How many bids are ACTIVE or CONFIRMED, this one too.',
    }),
    best: t.field({
      type: Money,
      nullable: true,
      description: 'The lowest amount among them.',
      resolve: ({ best, currency }) => (best === null ? null : { amount: best, currency }),
    }),
    mine: t.field({
      type: Money,
      nullable: true,
      description: "The amount of the vendor's own bid.",
      resolve: ({ mine, currency }) => ({ amount: mine, currency }),
    }),
  }),
});

builder.objectField(Order, 'standing', (t) =>
  t.field({
    type: Standing,
    nullable: true,
    description: "Of the asking vendor's bid while it is ACTIVE; else null.",
    resolve: async (order, _, context) => {
      const viewer = viewerOf(context);
      const full = viewer.role === 'VENDOR' ? await context.load.standing(viewer.id, order.id) : null;
      return full && { ...visibleStanding(full, order.visibility), currency: order.currency };
    },
  }),
);
