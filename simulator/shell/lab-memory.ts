/**
 * The one account of what runs in a lab: variables, what tools keep of their input, captured output, here-documents.
 *
 * Each of them has a smaller bound of its own (docs/fidelity/shell.md); this one is what all of them may come to, so that
 * a hundred hungry programs end here and not in the memory of everybody else's labs.
 */
import { BoundReached } from "./bound.ts";

/**
 * Bytes that all shells and programs of one lab may hold together. A subshell's copy of its parent's variables shares
 * their text and costs nothing; the contents of files are the model's and bounded there.
 */
export const LAB_BYTES_MAX = 64 << 20;

/** What is said at the bound, whoever comes to it. */
export const LAB_MEMORY_TEXT = `all shells and programs of this simulated lab together may hold ${LAB_BYTES_MAX >> 20} MiB`;

export class MemoryExhausted extends BoundReached {
  override name = "MemoryExhausted";
  constructor(what = LAB_MEMORY_TEXT) {
    super(`memory exhausted: ${what}`);
  }
}

export class LabMemory {
  #bytes = 0;

  /** @returns false, and nothing is charged, when it would be too much */
  charge(bytes: number): boolean {
    if (bytes > 0 && this.#bytes + bytes > LAB_BYTES_MAX) return false;
    this.#bytes += bytes;
    return true;
  }
}
