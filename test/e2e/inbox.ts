/** What came in on one stream, in its order, to be waited for. */

/** What came back. Tests read into it freely; a wrong path fails the test. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Data = any;
export type Fault = {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; [more: string]: unknown };
};
export type Answer = { data?: Data; errors?: Fault[] };

/** `complete`: as the protocol says. `error`: by an error frame or answer in place of results. `cut`: the connection ended. */
export type End = 'complete' | 'error' | 'cut';

export type Inbox = {
  answers: Answer[];
  ended: End | null;
  push(answer: Answer): void;
  end(how: End): void;
  /** The next one that was not asked for yet; fails where the stream ends before it. */
  next(): Promise<Answer>;
  /** Resolves once the stream has ended. */
  over(): Promise<End>;
  /** Resolves once so many came in all, or the stream has ended. */
  reached(count: number): Promise<Answer[]>;
};

export function createInbox(): Inbox {
  const waiting = new Set<() => void>();
  let read = 0;

  function wake(): void {
    for (const look of [...waiting]) look();
  }

  function when(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
    });
  }

  const inbox: Inbox = {
    answers: [],
    ended: null,
    push(answer) {
      inbox.answers.push(answer);
      wake();
    },
    end(how) {
      inbox.ended ??= how;
      wake();
    },
    async next() {
      const index = read++;
      await when(() => inbox.answers.length > index || inbox.ended !== null);
      const answer = inbox.answers[index];
      if (!answer) throw new Error(`The stream ended (${inbox.ended}) after ${index} answers.`);
      return answer;
    },
    async over() {
      await when(() => inbox.ended !== null);
      return inbox.ended ?? 'cut';
    },
    async reached(count) {
      await when(() => inbox.answers.length >= count || inbox.ended !== null);
      return inbox.answers;
    },
  };
  return inbox;
}
