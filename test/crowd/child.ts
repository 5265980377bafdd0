/** A part of the test in a process of its own, which does what it is asked and answers, one question after the other. */

import { type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

// oxlint-disable-next-line typescript/no-explicit-any
type Deeds = Record<string, (...given: any[]) => unknown>;

export type Child<D extends Deeds> = {
  ask<Name extends keyof D & string>(name: Name, ...given: Parameters<D[Name]>): Promise<Awaited<ReturnType<D[Name]>>>;
  end(): Promise<void>;
};

type Asked = { name: string; given: unknown[] };
type Answered = { value?: unknown; failed?: string };

/** `D`: what the program at `file` hands to `doAsAsked`. It ends with this process at the latest. */
export function startChild<D extends Deeds>(file: URL, options: Pick<ForkOptions, 'execArgv' | 'env'> = {}): Child<D> {
  const child = fork(fileURLToPath(file), { ...options, serialization: 'advanced' });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${file.pathname} ended (${code}) before it had answered.`);
  });
  gone.catch(() => {});
  let last: Promise<unknown> = Promise.resolve();

  async function exchange(asked: Asked): Promise<unknown> {
    const answered = once(child, 'message') as Promise<[Answered]>;
    child.send(asked);
    const [{ value, failed }] = await Promise.race([answered, gone]);
    if (failed !== undefined) throw new Error(failed);
    return value;
  }

  return {
    ask(name, ...given) {
      const turn = last.catch(() => {}).then(() => exchange({ name, given }));
      last = turn;
      return turn as never;
    },
    async end() {
      if (child.connected) child.disconnect();
      await gone.catch(() => {});
    },
  };
}

/** To be called once, by the program that `startChild` started. */
export function doAsAsked(deeds: Deeds): void {
  process.on('message', ({ name, given }: Asked) => {
    void Promise.resolve()
      .then(() => deeds[name]?.(...given))
      .then(
        (value): Answered => ({ value }),
        (error: unknown): Answered => ({ failed: error instanceof Error ? String(error.stack) : String(error) }),
      )
      .then((answered) => process.send?.(answered));
  });
  process.on('disconnect', () => process.exit());
}
