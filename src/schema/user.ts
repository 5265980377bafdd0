/** Users, and who is asking. */

import { mayKnowUsersId } from '../auth/policy.ts';
import type { roles } from '../auth/viewer.ts';
import { databaseTime } from '../db/clock.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { User } from './refs.ts';

const Role = builder.enumType('Role', {
  description: 'As whom a user acts: what its token says.',
  values: {
    CUSTOMER: { description: 'Posts orders, negotiates and confirms.' },
    VENDOR: { description: 'Bids on orders.' },
    SERVICE: { description: 'A back end: reads everything. To act for a user it uses a token of that user.' },
  } satisfies Record<(typeof roles)[number], object>,
});

builder.node(User, {
  id: { resolve: ({ id }) => id },
  description:
    'A user of the host application; one, whatever its role. Seen by itself, by services, by customers it has bid for, ' +
    'and by vendors if it has posted an order.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As its latest token says.' }),
    role: t.expose('role', {
      type: Role,
      nullable: true,
      description: "Of its latest token, null if it was only notified so far; rights follow the viewer's own token.",
    }),
    externalId: t.string({
      nullable: true,
      description: "The token's `sub`: its id in the host application. Null but for the user itself and services.",
      resolve: (user, _, context) => (mayKnowUsersId(user, viewerOf(context)) ? user.externalId : null),
    }),
    email: t.string({
      nullable: true,
      description:
        "Where it is told by mail while away: what a service has set, else its tokens' claim `email`. Null but for the user itself and services.",
      resolve: (user, _, context) => (mayKnowUsersId(user, viewerOf(context)) ? user.email : null),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'Who is asking. Null without a token.',
    resolve: (_, __, { viewer, load }) => viewer && load.user(viewer.id),
  }),
);

builder.queryField('serverTime', (t) =>
  t.field({
    type: 'DateTime',
    description: "The database's clock, by which all deadlines are judged. For anyone.",
    resolve: (_, __, { services }) => databaseTime(services.db),
  }),
);
