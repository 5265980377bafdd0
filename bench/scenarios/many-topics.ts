/** What it costs to tell something to one of thousands who each follow a topic of their own. */

import { names, type Start, starts } from '../contestants.ts';
import { startSubscribers } from '../crowd.ts';
import type { Ground } from '../ground.ts';
import { alternate, type Reading, someAtOnce } from '../rounds.ts';
import type { Measurement, RunOptions, Scenario } from '../scenario.ts';

const whole = 'CPU per event';
const told = 'CPU per event, less one to somebody who is not there';
const size = 5_000;
const at = `${size.toLocaleString('en-GB')} topics`;
/** So many together, of different topics, so many times, one such burst every so many milliseconds. */
const pace = { burst: 25, bursts: 20, every: 50 };

const who = {
  [names.haggle]: starts.haggleNotify,
  [names.raw]: starts.raw,
  [names.socketIo]: starts.socketIo,
  [names.yoga]: starts.yoga,
  [names.apollo]: starts.apollo,
  [names.mercurius]: starts.mercurius,
};

export const scenario: Scenario = {
  name: 'many-topics',
  title: 'Many topics',
  method: [
    `${size.toLocaleString('en-GB')} vendors, each on a connection of its own and following its own topic; ${pace.burst} of them are told
something every ${pace.every} ms, in turn. The figure is all of the server's processor time for each event, from being asked to tell
it to its frame. For Haggle a service calls \`notify\`, which is kept in PostgreSQL, numbered, among the vendor's
notifications; the peers publish to a room or channel, and keep nothing. The second table has what is left without what the
same costs for somebody who is not there.`,
  ],
  targets: [],
  quick: [],
  picture: { title: 'Server CPU per event', measures: [whole, told] },
  async run(ground: Ground, { runs, say }: RunOptions): Promise<Measurement[]> {
    const stands: Stand[] = [];
    try {
      say(`${at} …`);
      const inTurn = await someAtOnce(3, Object.values(who), async (start) => {
        const one = await stand(ground, start);
        stands.push(one);
        return one;
      });
      const passes = inTurn.map((one) => () => pass(one));
      for (const warmUp of passes) await warmUp();
      return await alternate(runs, passes);
    } finally {
      await Promise.all(stands.map((one) => one.end()));
    }
  },
};

type Stand = Awaited<ReturnType<typeof stand>>;

async function stand(ground: Ground, start: Start) {
  const contestant = await start(ground);
  const subscribers = startSubscribers();
  const [topics, absent] = [[], []] as [string[], string[]];
  for (let nth = 0; nth < size; nth += 1) topics.push(await contestant.createTopic());
  for (let nth = 0; nth < size / 10; nth += 1) absent.push(await contestant.createTopic());
  const plans = await Promise.all(topics.map((topic) => contestant.plans(topic, 1)));
  await subscribers.ask('come', plans.flat());
  const end = async (): Promise<void> => {
    await subscribers.ask('leave');
    await subscribers.end();
    await contestant.end();
  };
  let next = 0;
  /** Microseconds of the server's processor time for each event. */
  async function cost(among: readonly string[]): Promise<number> {
    const before = await contestant.process.ask('usage');
    const from = performance.now();
    for (let nth = 1; nth <= pace.bursts; nth += 1) {
      const those = Array.from({ length: pace.burst }, () => among[next++ % among.length] ?? '');
      await Promise.all(those.map((topic) => contestant.publish(topic, 1)));
      await subscribers.ask('hears', among === topics ? nth * pace.burst : 0, 30_000);
      const rest = from + nth * pace.every - performance.now();
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    const after = await contestant.process.ask('usage');
    return (after.cpu - before.cpu) / (pace.bursts * pace.burst);
  }
  return { contestant, subscribers, end, topics, absent, cost };
}

async function pass({ contestant, subscribers, topics, absent, cost }: Stand): Promise<Reading[]> {
  await subscribers.ask('forget');
  await subscribers.ask('readNowAndThen', true);
  const all = await cost(topics);
  await subscribers.ask('readNowAndThen', false);
  const { total, lost } = await subscribers.ask('heard');
  const events = pace.bursts * pace.burst;
  if (total !== events || lost > 0) throw new Error(`${contestant.name}: ${total} of ${events} events were heard.`);
  const event = await subscribers.ask('last');
  if (!event.includes('"amount"')) throw new Error(`${contestant.name} tells something else: ${event}`);
  const nobody = await cost(absent);
  const named = { of: contestant.name, at, unit: 'µs' };
  return [
    { ...named, measure: whole, value: all },
    { ...named, measure: told, value: all - nobody },
  ];
}
