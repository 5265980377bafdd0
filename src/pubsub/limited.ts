/** What never comes back counts as failed after a time: a connection may be frozen or half open, and would not say so. */

/** Rejects with ETIMEDOUT, which means that the database is away, `longest` milliseconds from now at the latest. */
export async function limited<T>(answer: Promise<T>, longest: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`The database has not answered for ${longest} ms.`);
      reject(Object.assign(error, { code: 'ETIMEDOUT' }));
    }, longest);
    timer.unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
