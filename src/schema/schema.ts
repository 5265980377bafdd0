/** The whole schema: every noun's file adds its types, queries, mutations and subscriptions to the builder. */

import './scalars.ts';
import './node.ts';
import './user.ts';
import './order.ts';
import './bid.ts';
import './standing.ts';
import './negotiation.ts';
import './confirmation.ts';
import './sessions.ts';
import './notification.ts';
import './notify.ts';
import './presence.ts';
import './preferences.ts';
import './contact.ts';
import './delivery.ts';
import './happenings.ts';
import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import { guard } from './guard.ts';

export const schema: GraphQLSchema = guard(builder.toSchema());
