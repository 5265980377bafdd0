/** Lets all who are connected go one after the other, in small groups, lest all come back in one moment. */

/** Milliseconds: how often a group goes, and the most that one waits for the one before it where there are few. */
const rhythm = 20;
const mostBetween = 100;

/** Starts each of them within `over` milliseconds, evenly spread; resolves when all have ended. */
export async function drain(partings: readonly (() => Promise<unknown>)[], over: number): Promise<void> {
  const duration = Math.min(over, partings.length * mostBetween);
  const began = performance.now();
  const going: Promise<unknown>[] = [];
  while (going.length < partings.length) {
    const passed = performance.now() - began;
    const due = duration === 0 ? partings.length : Math.floor((partings.length * passed) / duration) + 1;
    for (const part of partings.slice(going.length, due)) going.push(part());
    if (going.length < partings.length) await new Promise((resolve) => setTimeout(resolve, rhythm));
  }
  await Promise.all(going);
}
