/** Where users can be reached. */

import { builder } from './builder.ts';
import { addMutation } from './mutation.ts';

const SetContactInput = builder.inputType('SetContactInput', {
  description: 'Whom, and where.',
  fields: (t) => ({
    user: t.string({
      required: true,
      description: "The user's externalId, 255 characters at most; one that was not seen yet is made.",
    }),
    email: t.string({
      required: false,
      description: 'One e-mail address, 254 characters at most. Unset or null: what its tokens say.',
    }),
  }),
});

addMutation({
  name: 'setContact',
  description:
    'For services: where a user is told by mail while it is away. It goes before the claim `email` of its tokens.',
  input: SetContactInput,
  about: 'user',
  refusals: [],
  keyed: false,
  decode: (input) => input,
});
