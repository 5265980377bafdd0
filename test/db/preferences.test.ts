/** Preferences that are set while a mail's link ends mails: neither is lost. */

import { expect, test, vi } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { createMarket, done } from '../support/market.ts';
import { patiently } from '../support/patiently.ts';

const { db } = await createTestDatabase();
const client = db.$client;
const market = createMarket(db);

test('who sets preferences waits for whoever is just ending a channel, who would else write over them', async () => {
  const user = await market.vendor();
  const { setting } = await client.begin(async (ending) => {
    await ending`select from users where id = ${user.id} for no key update`;
    const setting = market.commands.setPreferences(user, { preferences: [{ channels: ['WEBHOOK'] }] });
    const waits = () => client`
      select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await vi.waitFor(async () => expect(await waits()).toHaveLength(1), patiently);
    return { setting };
  });
  done(await setting);
  expect(await client`select rules from preferences where user_id = ${user.id}`).toMatchObject([
    { rules: [{ channels: ['WEBHOOK'] }] },
  ]);
});
