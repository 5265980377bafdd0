/** A process of its own that looks after those who are away, for a test to kill: `database webhook secret lease`. */

import { openDatabase } from '../../src/db/connection.ts';
import { startAway } from '../../src/jobs/away.ts';
import { createLog } from '../../src/log.ts';
import { createWebhook } from '../../src/notify/webhook.ts';

const inApi = { id: (id: string) => id, data: () => null };
const [url = '', webhook = '', secret = '', lease = ''] = process.argv.slice(2);
const log = createLog({ level: 'warn', pretty: false, output: process.stderr });
const sender = createWebhook({ url: webhook, secret, allowPrivate: true, inApi });
startAway({
  db: openDatabase({ url, connections: 4, log }),
  senders: new Map([['WEBHOOK', sender]]),
  wasOnline: async (_, moments) => moments.map(() => false),
  after: 200,
  log,
  timings: { lease: Number(lease), longestRest: 50 },
});
