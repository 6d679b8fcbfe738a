/** What texts were read as (patterns, words, arithmetic), so that a loop does not read the same one each time. */

/** Readings that are kept; when there are more, all are forgotten. */
const KEPT_MAX = 500;

/** Kept for all shells of the worker, and longer than the one that asked: of long texts nothing is. */
export class KeptReadings<Reading> {
  #kept = new Map<string, Reading>();
  #lengthMax: number;

  /** @param lengthMax characters; a longer text is read each time */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** The text as it was read before, or as `read` does. @param key of the text and of how it is read */
  of(key: string, read: () => Reading): Reading {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const reading = read();
    if (key.length > this.#lengthMax) return reading;
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, reading);
    return reading;
  }
}
