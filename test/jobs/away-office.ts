/** Users who are away, and the jobs that look after them, with a real mail server and a real receiver. */

import { eq } from 'drizzle-orm';
import { onTestFinished } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { Database } from '../../src/db/connection.ts';
import { deliveries, users } from '../../src/db/tables.ts';
import type { Channel } from '../../src/domain/preferences.ts';
import { type AwayTimings, startAway } from '../../src/jobs/away.ts';
import { createLog } from '../../src/log.ts';
import { createMail } from '../../src/notify/mail.ts';
import type { Sender } from '../../src/notify/sender.ts';
import { createWebhook } from '../../src/notify/webhook.ts';
import { createMemoryPresence } from '../../src/pubsub/presence-memory.ts';
import { encodeId } from '../../src/schema/ids.ts';
import { dataOf } from '../../src/schema/notification-data.ts';
import { createMarket } from '../support/market.ts';

/** As the program hands it in. */
const inApi = { id: (id: string) => encodeId('Notification', id), data: dataOf };
export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** Milliseconds that notifications may wait to be read. */
const after = 200;

export function createOffice(db: Database, urls: { smtp: string; webhook: string }) {
  const market = createMarket(db, undefined, undefined, after);
  const presence = createMemoryPresence();
  const said: string[] = [];

  /** One process's job, until the test's end. */
  function open(options: { channels?: Channel[]; timings?: Partial<AwayTimings> } = {}) {
    const all: Record<Channel, () => Sender> = {
      EMAIL: () =>
        createMail({ smtpUrl: urls.smtp, from: 'no-reply@haggle.example', publicUrl: 'https://haggle.example' }),
      WEBHOOK: () => createWebhook({ url: urls.webhook, secret, allowPrivate: true, inApi }),
    };
    const { channels = ['EMAIL', 'WEBHOOK'] } = options;
    const senders = new Map(channels.map((channel) => [channel, all[channel]()]));
    const log = createLog({ level: 'trace', pretty: false, output: { write: (line) => said.push(line) } });
    const timings = { longestRest: 50, ...options.timings };
    const job = startAway({ db, senders, wasOnline: presence.wasOnline, after, log, timings });
    onTestFinished(async () => {
      await job.stop();
      await Promise.all([...senders.values()].map((sender) => sender.close()));
    });
    return job;
  }

  /** Who can be reached by mail. */
  async function vendor(): Promise<Viewer & { email: string }> {
    const made = await market.vendor('away');
    const email = `${made.id}@shop.example`;
    await db.update(users).set({ email }).where(eq(users.id, made.id));
    return { ...made, email };
  }

  /** One notification to each of the vendors: they have bid, and the customer, which wants no mails, asks them to go lower. */
  async function tell(...vendors: Viewer[]): Promise<void> {
    const customer = await market.customer();
    await market.commands.setPreferences(customer, { preferences: [{ channels: [] }] });
    const orderId = await market.order(customer);
    await Promise.all(vendors.map((one) => market.bid(one, orderId, '100')));
    await market.commands.requestNegotiation(customer, { orderId, message: 'Lower?' });
  }

  const of = (user: Viewer) => db.select().from(deliveries).where(eq(deliveries.userId, user.id));
  return { market, presence, said, open, vendor, tell, of };
}
