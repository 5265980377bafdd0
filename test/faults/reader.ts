/** A subscriber that comes back with its last cursor to any process, and notes everything it was handed. */

import { rest } from './cluster.ts';
import { type Answer, type Line, openLine } from './line.ts';
import { openStream } from './stream.ts';

/** What a reader follows, and what of it concerns its viewer: the suite's own idea of it, apart from the server's. */
export type Reading = {
  who: string;
  token: string;
  kind: string;
  orderId: string | null;
  topic: string;
  /** The party that its viewer is told as, in a user's own topic. */
  party: 'CUSTOMER' | 'VENDOR' | null;
  /** The database's id of the order, where a topic of many orders is narrowed to one. */
  ofOrder: string | null;
};

export type Received = { id: string; at: number };

export type Reader = Reading & {
  /** All that came, in its order, with repetitions; a new list after each CURSOR_EXPIRED. */
  histories: { anew: boolean; received: Received[] }[];
  /** Ids of the present history. */
  seen: Set<string>;
  /** Came again though the cursor was behind it. */
  repeated: number;
  comebacks: number;
  expired: number;
  /** Errors in place of events that are none of a fault's. */
  wrong: string[];
  joined: Promise<void>;
  /** What it is at, in words. */
  state(): string;
  stall(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
};

const field = (kind: string): string =>
  `subscription ($orderId: ID, $after: Cursor) { ${kind}(${kind === 'orderOpened' ? '' : 'orderId: $orderId, '}after: $after) { id cursor } }`;

const document = (kind: string): string =>
  kind === 'orderOpened' ? field(kind).replace('$orderId: ID, ', '') : field(kind);

/** Codes that say nothing but "come again". */
const passing = new Set(['UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

export function openReader(
  reading: Reading,
  options: { urls: () => string[]; after: string; random: () => number; by?: 'WebSocket' | 'SSE' },
): Reader {
  const { urls, random, by = 'WebSocket' } = options;
  const joining = Promise.withResolvers<void>();
  let after = options.after;
  let line: Omit<Line, 'ask'> | undefined;
  let stopped = false;
  let [doing, since] = ['', 0];
  const turnTo = (what: string): void => {
    [doing, since] = [what, performance.now()];
  };
  const reader: Reader = {
    ...reading,
    histories: [{ anew: false, received: [] }],
    seen: new Set(),
    repeated: 0,
    comebacks: 0,
    expired: 0,
    wrong: [],
    joined: joining.promise,
    state: () => `${doing} since ${Math.round(performance.now() - since)} ms`,
    async stall(milliseconds) {
      const stalled = line;
      stalled?.pause();
      await rest(milliseconds);
      stalled?.resume();
    },
    async stop() {
      stopped = true;
      line?.close();
      await life;
    },
  };

  function take(answer: Answer): void {
    const [error] = answer.errors ?? [];
    if (!error) return note(answer.data[reading.kind]);
    const { code = 'none', oldest } = error.extensions ?? {};
    if (code === 'CURSOR_EXPIRED' && oldest !== undefined) {
      after = oldest;
      reader.expired += 1;
      reader.seen = new Set();
      reader.histories.push({ anew: true, received: [] });
    } else if (!passing.has(code)) reader.wrong.push(`${code}: ${error.message}`);
    else if (code === 'INTERNAL_SERVER_ERROR') reader.wrong.push(code);
  }

  function note({ id, cursor }: { id: string; cursor: string }): void {
    reader.histories.at(-1)?.received.push({ id, at: Date.now() });
    if (reader.seen.has(id)) reader.repeated += 1;
    reader.seen.add(id);
    after = cursor;
  }

  async function live(): Promise<void> {
    for (let nth = 0; !stopped; nth += 1) {
      if (nth > 0) await rest(20 + random() * 200);
      const open = urls();
      const url = open[Math.floor(random() * open.length)];
      if (url === undefined || stopped) continue;
      turnTo(`connects to ${url}`);
      line = by === 'SSE' ? openStream(url, reading.token) : await openLine(url, reading.token).catch(() => undefined);
      if (!line) continue;
      if (nth > 0) reader.comebacks += 1;
      turnTo(`follows at ${url}`);
      await follow(line);
      turnTo('leaves');
      line.close();
      await line.closed;
    }
  }

  /** Until its stream ends, however it does. */
  const follow = (on: Omit<Line, 'ask'>): Promise<void> =>
    new Promise((resolve) => {
      const variables = { orderId: reading.orderId, after };
      if (stopped) return resolve();
      on.listen(document(reading.kind), variables, { next: take, end: resolve });
      joining.resolve();
    });

  const life = live();
  return reader;
}
