/** What it costs to tell ten thousand subscribers of one topic something. */

import { names } from '../contestants.ts';
import { fanOut, perDelivery, target } from '../fan-out.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  name: 'fan-out-10000',
  title: 'Fan-out to ten thousand',
  method: ['As fan-out, with 10,000 subscribers to each server, all connected before the first run begins.'],
  targets: [
    target('CPU per delivered event, 10,000 subscribers, against raw ws', 1.05, perDelivery, names.raw, 10_000),
  ],
  quick: [],
  picture: { title: 'Server CPU per delivered event', measures: [perDelivery] },
  run: (ground, options) => fanOut(ground, [10_000], options),
};
