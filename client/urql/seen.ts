/** Remembers the last ids, so that what comes twice is handed on once. */

/** Answers whether an id is new, and keeps it; the oldest of more than `most` is forgotten. */
export function createSeen(most = 1_000): (id: string) => boolean {
  const ids = new Set<string>();
  return (id) => {
    if (ids.has(id)) return false;
    ids.add(id);
    if (ids.size > most) for (const oldest of ids) return ids.delete(oldest);
    return true;
  };
}
