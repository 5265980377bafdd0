/** Entries by their keys, of which there is hardly ever more than one: that one needs no map. There are thousands of these. */

export class Few<Value> {
  #key: string | null = null;
  #value: Value | undefined;
  #others: Map<string, Value> | null = null;

  get(key: string): Value | undefined {
    return key === this.#key ? this.#value : this.#others?.get(key);
  }

  /** In place of what was there: the key, too. */
  set(key: string, value: Value): void {
    this.delete(key);
    if (this.#key !== null) {
      this.#others ??= new Map();
      this.#others.set(key, value);
    } else {
      this.#key = key;
      this.#value = value;
    }
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    if (key !== this.#key) return this.#others?.delete(key) ?? false;
    this.#key = null;
    this.#value = undefined;
    return true;
  }

  /** Empties it, and answers what was in it. */
  clear(): Value[] {
    const all = [...(this.#key === null ? [] : [this.#value as Value]), ...(this.#others?.values() ?? [])];
    this.#key = null;
    this.#value = undefined;
    this.#others = null;
    return all;
  }
}
