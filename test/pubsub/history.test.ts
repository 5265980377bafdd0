import { describe, expect, it } from 'vitest';
import { closeDatabase, openDatabase } from '../../src/db/connection.ts';
import { createHistory } from '../../src/db/events.ts';
import { createLog } from '../../src/log.ts';
import { judge } from '../../src/pubsub/history.ts';
import { append } from '../support/append.ts';
import { createTestDatabase } from '../support/database.ts';

const { db, url } = await createTestDatabase();
const client = db.$client;
const history = createHistory(db);
const silent = createLog({ level: 'silent', pretty: false, output: process.stderr });

const nowhere = { head: 0, tag: '0' };

describe('the history of a topic', () => {
  it('has the heads of many topics in one answer, also of those without events', async () => {
    const [, last] = await append(client, 'heads', 2);
    const heads = await history.heads(['heads', 'none']);
    expect(heads).toEqual(
      new Map([
        ['heads', { head: 2, tag: last?.tag }],
        ['none', nowhere],
      ]),
    );
    expect(await history.heads([])).toEqual(new Map());
  });

  it('reads pages that lead on from any place, with the same events that were rung', async () => {
    const entries = await append(client, 'pages', 7, 'with "quotes" and ünïcode');
    const last = entries.at(-1);
    for (const [after, limit] of [
      [0, 3],
      [3, 3],
      [6, 3],
      [7, 3],
      [0, 100],
    ] as const) {
      const page = await history.page('pages', after, limit);
      const place = { position: after, tag: entries[after - 1]?.tag ?? '0' };
      expect(page.entries).toEqual(entries.slice(after, after + limit));
      expect(page).toMatchObject({ floor: nowhere, head: { head: 7, tag: last?.tag }, tagAt: place.tag });
      expect(judge(page, place, limit)).toBe('leads on');
    }
  });

  it('tells a place that was never there from one that is', async () => {
    await append(client, 'short', 2);
    const page = await history.page('short', 5, 10);
    expect(page).toMatchObject({ tagAt: null, entries: [] });
    expect(judge(page, { position: 5, tag: '1' }, 10)).toBe('elsewhere');
    expect(await history.page('never', 0, 10)).toEqual({ floor: nowhere, head: nowhere, tagAt: '0', entries: [] });
  });

  it('has the tag of the floor after pruning, and nothing below it', async () => {
    const entries = await append(client, 'pruned', 6);
    const floor = entries[3];
    await client`delete from events where topic = 'pruned' and position <= 4`;
    await client`update topics set floor = 4, floor_tag = ${floor?.tag ?? ''}::text::bigint where topic = 'pruned'`;
    const page = await history.page('pruned', 4, 10);
    expect(page).toMatchObject({ floor: { head: 4, tag: floor?.tag }, tagAt: floor?.tag });
    expect(page.entries.map(({ position }) => position)).toEqual([5, 6]);
    const below = await history.page('pruned', 2, 10);
    expect(judge(below, { position: 2, tag: entries[1]?.tag ?? '' }, 10)).toBe('elsewhere');
  });

  it('sweeps up what was committed since, the last event of each topic', async () => {
    const start = await history.sweep(null);
    expect(start.moved).toEqual([]);
    const [, ofA] = await append(client, 'swept:a', 2);
    await append(client, 'swept:b');
    const [ofB] = await append(client, 'swept:b');
    const swept = await history.sweep(start.horizon);
    expect(swept.source).toBe(start.source);
    expect(BigInt(swept.next)).toBeGreaterThan(BigInt(start.next));
    expect(swept.moved).toEqual(
      expect.arrayContaining([
        { topic: 'swept:a', head: { head: 2, tag: ofA?.tag } },
        { topic: 'swept:b', head: { head: 2, tag: ofB?.tag } },
      ]),
    );
  });

  it('does not step over a transaction that began before a sweep and commits after it', async () => {
    let { horizon } = await history.sweep(null);
    await client.begin(async (transaction) => {
      await append(transaction, 'slow');
      for (let sweeps = 0; sweeps < 3; sweeps++) {
        await append(client, 'quick');
        const swept = await history.sweep(horizon);
        horizon = swept.horizon;
        expect(swept.moved.map(({ topic }) => topic)).not.toContain('slow');
      }
    });
    expect((await history.sweep(horizon)).moved).toContainEqual(
      expect.objectContaining({ topic: 'slow', head: expect.objectContaining({ head: 1 }) }),
    );
  });

  it('sweeps by index, however many events there are', async () => {
    const one = openDatabase({ url, connections: 1, log: silent });
    try {
      await append(one.$client, 'long', 20_000);
      await one.$client.unsafe('analyze events');
      const scans = async (): Promise<unknown> => {
        await one.$client`select pg_stat_force_next_flush()`;
        return one.$client`select seq_scan from pg_stat_user_tables where relname = 'events'`;
      };
      const before = await scans();
      const { sweep } = createHistory(one);
      let { horizon } = await sweep(null);
      for (let count = 0; count < 20; count++) ({ horizon } = await sweep(horizon));
      expect(await scans()).toEqual(before);
    } finally {
      await closeDatabase(one);
    }
  });
});
