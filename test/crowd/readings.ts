/** Who of the crowd follows what, what each had to hear of it, and whether it did. */

import { compare, concerns, type Event } from '../faults/checker.ts';
import type { Person, postOrder } from '../faults/market.ts';
import { tokenOf } from '../faults/processes.ts';
import type { Reading } from '../faults/reader.ts';
import type { Heard } from './subscribers.ts';

/** Most follow an order of somebody else's; the rest the market or their own stream. Each has a token of its own. */
export async function planReadings(
  count: number,
  {
    customers,
    vendors,
    busy,
  }: { customers: Person[]; vendors: Person[]; busy: Awaited<ReturnType<typeof postOrder>>[] },
): Promise<Reading[]> {
  const none = { orderId: null, ofOrder: null, party: null };
  const own = [
    ...customers.map((one) => ({ one, kind: 'bidPlaced', party: 'CUSTOMER' as const })),
    ...vendors.map((one) => ({ one, kind: 'negotiationRequested', party: 'VENDOR' as const })),
  ].map(({ one, kind, party }): Reading => {
    return { ...none, who: one.sub, token: one.token, kind, party, topic: `user:${one.id}` };
  });
  const others = Array.from({ length: count - own.length }, async (_, nth): Promise<Reading> => {
    const who = `reader-${nth}`;
    const reader = { ...none, who, token: await tokenOf(who, 'vendor') };
    if (nth % 10 === 0) return { ...reader, kind: 'orderOpened', topic: 'market' };
    const order = busy[nth % busy.length] as (typeof busy)[number];
    return { ...reader, kind: 'bidPlaced', orderId: order.id, topic: `order:${order.uuid}:vendors` };
  });
  return [...own, ...(await Promise.all(others))];
}

/** What concerns each, in order, after the cursor that it began with. */
export function expectedFor(
  readings: readonly Reading[],
  events: readonly Event[],
  heads: ReadonlyMap<string, number>,
): Event[][] {
  const byTopic = Map.groupBy(events, ({ topic }) => topic);
  return readings.map((reading) =>
    (byTopic.get(reading.topic) ?? []).filter(
      (event) => event.position > (heads.get(reading.topic) ?? 0) && concerns(reading, event),
    ),
  );
}

/** Answers what it must not be. */
export function judge(
  expected: readonly Event[][],
  heard: readonly Heard[],
  known: ReadonlySet<string>,
  say: (line: string) => void,
): string[] {
  const total = { delivered: 0, missing: 0, outOfOrder: 0, repeated: 0, wrongViewer: 0, unknown: 0 };
  for (const [nth, events] of expected.entries()) {
    const counts = compare(events, heard[nth]?.ids.map((id) => ({ id })) ?? [], known);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  const { delivered, missing, outOfOrder, repeated, wrongViewer, unknown } = total;
  const wrong = heard.flatMap((each) => each.wrong);
  const counts =
    `delivered ${delivered}, missing ${missing}, out of order ${outOfOrder}, repeated before dropping ids ${repeated} ` +
    `(after: 0), wrong viewer ${wrongViewer}, of no history ${unknown}, errors ${wrong.length}`;
  say(counts);
  const faultless = delivered > 0 && missing + outOfOrder + wrongViewer + unknown + wrong.length === 0;
  return faultless ? [] : [counts, ...new Set(wrong)];
}
