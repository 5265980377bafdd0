/** Calls a function at a moment, however far away. */

/** Longer delays make setTimeout fire at once. */
const longestDelay = 2 ** 31 - 1;

/** `moment` in milliseconds since 1970. Answers a function that calls it off. A moment that has passed is due in the next turn. */
export function alarm(moment: number, ring: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = moment - Date.now();
    timer = left > longestDelay ? setTimeout(arm, longestDelay) : setTimeout(ring, Math.max(left, 0));
  };
  arm();
  return () => clearTimeout(timer);
}
