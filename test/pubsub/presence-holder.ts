/** A process of its own in which some users are, until it is ended or killed. Says so once the others can know of it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { PresenceTimings } from '../../src/pubsub/presence.ts';
import { createRedisPresence } from '../../src/pubsub/presence-redis.ts';

const [, , url = '', timings = '{}', ...userIds] = process.argv;
const open = () => createRedisPresence({ url, timings: JSON.parse(timings) as PresenceTimings });
const [presence, asking] = [open(), open()];
for (const userId of userIds) presence.enter(userId);

async function end(): Promise<void> {
  await Promise.all([presence.close(), asking.close()]);
  process.exit(0);
}
process.on('SIGTERM', () => void end());

while ((await asking.online(userIds)).size < userIds.length) await delay(20);
process.stderr.write('here\n');
// Until it is told to end.
await new Promise((resolve) => setInterval(resolve, 2 ** 30));
