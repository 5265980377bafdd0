/** All topics that anyone in this process follows, and the way to follow one: hear, sweep, join and replay meet here. */

import type { Entry } from '../domain/events.ts';
import type { Head, Place } from '../domain/history.ts';
import type { Log } from '../log.ts';
import { createBatcher } from './batch.ts';
import { type History, inTime } from './history.ts';
import { Member as MemberOfTopic } from './member.ts';
import { createPages } from './pages.ts';
import type { PubSub } from './pubsub.ts';
import { verify } from './replay.ts';
import { createSnapshots } from './snapshots.ts';
import { Subscriber } from './subscriber.ts';
import { createSweep } from './sweep.ts';
import type { Tally } from './tally.ts';
import { type Timings, usualTimings } from './timings.ts';
import { Topic } from './topic.ts';

export type { Place } from '../domain/history.ts';

/** `after` null: from now on. What `wants` says no to is passed over. */
export type Follow = { topic: string; after: Place | null; wants: (entry: Entry) => boolean };

/** `after` null: from now on. */
export type Join = { topic: string; after: Place | null };

/**
 * A reader's events, frozen, each once and in order. `return()` detaches in the same turn. `next()` throws CursorExpired
 * when the database is found to tell another history, or what comes next was pruned before it was pulled.
 */
export type Member = AsyncIterableIterator<Entry, undefined, undefined> & {
  return(): Promise<IteratorResult<Entry, undefined>>;
};

export type Hub = {
  /** Once this has resolved, nothing that is committed is missed. Rejects with CursorExpired. */
  follow(request: Follow): Promise<Member>;
  /** For a client of ours: told together with all who are answered the same. Resolves and rejects as `follow` does. */
  join(request: Join): Promise<Subscriber>;
  /** What came along with an event that was rung a moment ago: its order as the commit left it. Undefined: to be read. */
  snapshotOf(entry: Entry): unknown;
  /** Somebody here has read that a topic has come so far, and tells what was so then. */
  learn(topic: string, reached: Place): void;
  /** Whether a topic is known to have more than up to there: somebody here follows it, or heard or read it a moment ago. */
  hasMore(topic: string, after: Place): boolean;
  /** `groups`: how many subscribers there are in each that is answered together. */
  stats(): { topics: number; members: number; groups: number[] };
  /** What was done so far. */
  told(): Tally;
  /** `degraded`: events arrive late, by the sweep, or not until the database is back. */
  status(): 'live' | 'degraded';
  close(): Promise<void>;
};

export function createHub(deps: { pubsub: PubSub; history: History; log: Log; timings?: Partial<Timings> }): Hub {
  const { pubsub, log } = deps;
  const timings = { ...usualTimings, ...deps.timings };
  const history = inTime(deps.history, timings.longestRead);
  const tally: Tally = { answers: 0, deliveries: 0, pages: 0 };
  const topics = new Map<string, Topic>();
  const pages = createPages(history, tally);
  const snapshots = createSnapshots();
  const headOf = createBatcher<string, Head>((names) => history.heads(names));
  const sweep = createSweep({
    history,
    every: timings.sweepEvery,
    rest: Math.min(timings.rest, timings.sweepEvery),
    log,
    onMoved(moved) {
      for (const { topic, head } of moved) topics.get(topic)?.told(head);
    },
    compareAll,
  });
  const parts = { pages, rest: timings.rest, log, onLeave: release };
  let closed = false;

  /** Numbers given out by another database than the last sweep read may be of another history: the next one finds out. */
  function isPresent(source: string): boolean {
    const present = source === sweep.source();
    if (!present && !sweep.failing()) sweep.hurry();
    return present;
  }

  async function compareAll(): Promise<void> {
    if (topics.size === 0) return;
    const before = Array.from(topics.values(), (topic) => ({ topic, at: topic.at }));
    const heads = await history.heads(before.map(({ topic }) => topic.name));
    for (const { topic, at } of before) topic.compare(at, heads.get(topic.name) ?? { head: 0, tag: '0' });
  }

  /** Keeps the topic from being closed until `release`. */
  function hold(name: string): Topic {
    const topic =
      topics.get(name) ?? new Topic(name, { pubsub, headOf, pages, isPresent, snapshots, timings, tally, log });
    topics.set(name, topic);
    topic.hold();
    return topic;
  }

  function release(topic: Topic): void {
    topic.release(() => {
      topics.delete(topic.name);
      topic.close();
    });
  }

  /** Somebody of the topic, from a place on that was found to be in its history. */
  async function admit<One extends { end(): void }>(
    { topic: name, after }: Join,
    make: (place: Place, topic: Topic) => One,
  ): Promise<One> {
    if (closed) throw new Error('The hub is closed.');
    const topic = hold(name);
    try {
      const place = after ?? (await topic.present());
      if (after) {
        await topic.ready();
        await verify(topic, after, pages);
      }
      topic.hold();
      const made = make(place, topic);
      if (closed) made.end();
      return made;
    } finally {
      release(topic);
    }
  }

  return {
    follow: ({ wants, ...request }) =>
      admit(request, (after, topic) => new MemberOfTopic({ topic, after, wants, ...parts })),
    join: (request) => admit(request, (after, topic) => new Subscriber(topic, after, parts)),
    snapshotOf: ({ id }) => snapshots.of(id),
    learn: (topic, { position }) => snapshots.learn(topic, position),
    hasMore: (topic, { position }) => Math.max(topics.get(topic)?.known ?? 0, snapshots.known(topic)) > position,
    stats: () => ({
      topics: topics.size,
      members: topics.values().reduce((sum, topic) => sum + topic.members, 0),
      groups: topics
        .values()
        .flatMap((topic) => topic.groups)
        .toArray(),
    }),
    told: () => ({ ...tally }),
    status: () => (pubsub.isUp() && !sweep.failing() ? 'live' : 'degraded'),
    async close() {
      closed = true;
      sweep.stop();
      pages.close();
      snapshots.close();
      for (const topic of topics.values()) topic.close();
      topics.clear();
    },
  };
}
