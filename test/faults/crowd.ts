/** Thousands of subscribers over two processes, one of which is restarted by SIGTERM: nobody misses an event. */

import { check, faultless, inWords, readEvents } from './checker.ts';
import { rest, startCluster } from './cluster.ts';
import { timeToLevel } from './level.ts';
import { createPeople, identify, type Order, type Person, postOrder, readAs, urlsOf } from './market.ts';
import { openReader, type Reader } from './reader.ts';
import { startWriters } from './writers.ts';

/** Seconds over which a process sends its clients to another one. */
const drainSeconds = 5;
const orders = 200;

/** Answers what it must not be. */
export async function runCrowd(count: number, random: () => number, say: (line: string) => void): Promise<string[]> {
  const cluster = await startCluster({ processes: 2, drainSeconds });
  const readers: Reader[] = [];
  let over = false;
  const urls = (): string[] => urlsOf(cluster.processes);
  const options = { urls, random, isOver: () => over };
  const people: Person[] = [];
  try {
    const customers = await createPeople('customer', 20, options);
    const vendors = await createPeople('vendor', 20, options);
    people.push(...customers, ...vendors);
    await identify(people, cluster.sql());
    const busy = await Promise.all(
      Array.from({ length: orders }, (_, nth) => postOrder(customers[nth % customers.length] as Person, 'RANK')),
    );
    const heads = new Map<string, number>();
    for (const { topic, head } of await cluster.sql()<
      { topic: string; head: number }[]
    >`select topic, head::int from topics`)
      heads.set(topic, head);
    const cursors = await Promise.all(busy.map((order) => cursorOf(urls()[0] ?? '', order)));
    const from = performance.now();
    for (let nth = 0; nth < count; nth += 1) {
      const order = busy[nth % orders] as Order;
      readers.push(
        openReader(
          {
            who: order.owner.sub,
            token: order.owner.token,
            kind: 'bidPlaced',
            orderId: order.id,
            topic: `order:${order.uuid}`,
            party: null,
            ofOrder: null,
          },
          { urls, after: cursors[nth % orders] ?? '', random },
        ),
      );
      if (nth % 50 === 49) await Promise.all(readers.slice(-50).map(({ joined }) => joined));
    }
    await Promise.all(readers.map(({ joined }) => joined));
    say(`${count} readers over two processes joined in ${Math.round(performance.now() - from)} ms`);

    const writers = startWriters({ vendors, customers, busy, rate: 20, random, price: falling() });
    await rest(3_000);
    const leaving = cluster.processes[0];
    const perSecond: number[] = [];
    const stopped = performance.now();
    const watch = setInterval(() => perSecond.push(readers.reduce((sum, { comebacks }) => sum + comebacks, 0)), 1_000);
    await leaving?.stop();
    const took = performance.now() - stopped;
    await leaving?.start();
    await rest(2_000);
    clearInterval(watch);
    await writers.stop();
    const level = await timeToLevel(cluster.sql(), readers, performance.now(), say);
    const events = await readEvents(cluster.sql());
    const counts = check({ events, heads, readers, acknowledged: writers.acknowledged });
    const back = readers.filter(({ comebacks }) => comebacks > 0).length;
    const rates = perSecond.map((sum, nth) => sum - (perSecond[nth - 1] ?? 0));
    say(`SIGTERM: gone after ${Math.round(took)} ms; ${back} came back, in each second ${rates.join(', ')}`);
    say(`level ${level} ms after the last write; ${inWords(counts)}`);
    // Told to come back over so many seconds, none of these may see much more than its share.
    const most = Math.max(...rates);
    return [
      ...(faultless(counts) && counts.repeated === 0 ? [] : [inWords(counts)]),
      ...new Set(writers.refused),
      ...(most > (back / drainSeconds) * 2
        ? [`${most} came back within one second, of ${back} over ${drainSeconds}`]
        : []),
    ];
  } finally {
    over = true;
    await Promise.all(readers.map((reader) => reader.stop()));
    for (const person of people) person.close();
    await cluster.close();
  }
}

async function cursorOf(url: string, { id, owner }: Order): Promise<string> {
  return (await readAs(url, owner, 'query ($id: ID!) { order(id: $id) { cursor } }', { id })).order.cursor;
}

function falling(): () => string {
  let hundredths = 1e9;
  return () => {
    hundredths -= 1;
    return (hundredths / 100).toFixed(2);
  };
}
