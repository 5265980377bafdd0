import { describe, expect, it } from 'vitest';
import { createBatcher } from '../../src/pubsub/batch.ts';

/** Answers each key with its double, once `open` was called for the run. */
function createRuns() {
  const runs: { keys: number[]; open: (error?: Error) => void }[] = [];
  const ask = createBatcher<number, number>(
    (keys) =>
      new Promise((resolve, reject) => {
        const answers = new Map(keys.filter((key) => key >= 0).map((key) => [key, key * 2]));
        runs.push({ keys, open: (error) => (error ? reject(error) : resolve(answers)) });
      }),
  );
  return { runs, ask };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Several, since what is asked is sent in the turn after. */
const turns = async (): Promise<void> => {
  for (let count = 0; count < 3; count++) await turn();
};

describe('questions of one turn', () => {
  it('are one question, also where they come from different sockets', async () => {
    const { runs, ask } = createRuns();
    const answers: Promise<number>[] = [];
    await Promise.all(
      [1, 2, 2, 3].map(
        (key) => new Promise<void>((resolve) => setImmediate(() => resolve(void answers.push(ask(key))))),
      ),
    );
    await turns();
    expect(runs.map(({ keys }) => keys)).toEqual([[1, 2, 3]]);
    runs[0]?.open();
    expect(await Promise.all(answers)).toEqual([2, 4, 4, 6]);
  });

  it('wait for the answer before, and are never answered by what was asked earlier', async () => {
    const { runs, ask } = createRuns();
    const first = ask(1);
    await turns();
    const later = [ask(1), ask(2)];
    await turns();
    expect(runs).toHaveLength(1);
    runs[0]?.open();
    expect(await first).toBe(2);
    await turns();
    expect(runs[1]?.keys).toEqual([1, 2]);
    runs[1]?.open();
    expect(await Promise.all(later)).toEqual([2, 4]);
  });

  it('fail together, and those after them do not', async () => {
    const { runs, ask } = createRuns();
    const failing = Promise.allSettled([ask(1), ask(2)]);
    await turns();
    const next = ask(3);
    runs[0]?.open(new Error('away'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turns();
    runs[1]?.open();
    expect(await next).toBe(6);
  });

  it('are told when one of them was left without an answer', async () => {
    const { runs, ask } = createRuns();
    const answer = ask(-1);
    await turns();
    runs[0]?.open();
    await expect(answer).rejects.toThrow('without an answer');
  });
});
