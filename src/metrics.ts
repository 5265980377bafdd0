/** What a process tells Prometheus of itself: each metric once, read from the rooms when it is asked for. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** What the rooms know of themselves. Counts go up from the start of the process. */
export type Readings = {
  connections(): { sockets: number; streams: number };
  /** `groups`: how many subscribers there are in each that is answered together. */
  following(): { topics: number; members: number; groups: readonly number[] };
  told(): { answers: number; deliveries: number; pages: number };
  decided(): { commands: number; batches: number };
  /** Whether events come late, by the sweep, or not until the database is back. */
  isDegraded(): boolean;
};

export type Metrics = {
  /** In the text format of Prometheus. */
  tell(): Promise<{ type: string; text: string }>;
};

/** Milliseconds between two looks at how late the event loop is: each look costs a timer. */
const loopLook = 100;

export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: loopLook });

  const gauge = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    const collect = (): void => {
      metric.reset();
      metric.inc(read());
    };
    const metric: Counter = new Counter({ name, help, registers: [registry], collect });
  };
  const { connections, following, told, decided, isDegraded } = readings;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

  gauge('haggle_sockets', 'Open WebSockets.', () => connections().sockets);
  gauge('haggle_streams', 'Open streams of server-sent events.', () => connections().streams);
  gauge('haggle_topics', 'Topics that are followed here.', () => following().topics);
  gauge('haggle_members', 'Readers of topics, subscribers among them.', () => following().members);
  gauge('haggle_groups', 'Groups of subscribers who are answered together.', () => following().groups.length);
  gauge('haggle_grouped_subscribers', 'Subscribers in groups: by haggle_groups, how large they are.', () =>
    sum(following().groups),
  );
  gauge('haggle_largest_group', 'Subscribers in the largest group.', () => Math.max(0, ...following().groups));
  counter('haggle_answers_total', 'Executions of a subscription for an event.', () => told().answers);
  counter(
    'haggle_deliveries_total',
    'Events written to subscribers: by answers, how much is shared.',
    () => told().deliveries,
  );
  counter('haggle_history_pages_total', 'Pages of history read, to replay or to repair.', () => told().pages);
  counter('haggle_commands_total', 'Commands decided, those decided again too.', () => decided().commands);
  counter('haggle_batches_total', 'Batches they were decided in.', () => decided().batches);
  gauge('haggle_degraded', '1 while events come by the sweep instead of the ring.', () => Number(isDegraded()));

  return {
    async tell() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}
