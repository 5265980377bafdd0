/** Gathers what is asked for within one turn, and while the last answer is awaited, into one question. */

/**
 * `run` answers many keys at once. An answer is always read after it was asked for; one `run` is under way at a time, so
 * the more is asked, the more goes into each.
 */
export function createBatcher<Key, Value>(
  run: (keys: Key[]) => Promise<Map<Key, Value>>,
): (key: Key) => Promise<Value> {
  let gathering: { keys: Set<Key>; answers: Promise<Map<Key, Value>> } | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function begin(): NonNullable<typeof gathering> {
    const keys = new Set<Key>();
    const answers = last
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        gathering = null;
        return run([...keys]);
      });
    last = answers.catch(() => {});
    return { keys, answers };
  }

  return async (key) => {
    gathering ??= begin();
    gathering.keys.add(key);
    const answers = await gathering.answers;
    if (!answers.has(key)) throw new Error('A question of a batch was left without an answer.');
    return answers.get(key) as Value;
  };
}
