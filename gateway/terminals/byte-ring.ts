/**
 * The last bytes of a terminal's output, each known by its offset since the session began.
 *
 * Kept as the chunks that arrived, so that an idle session holds no empty buffer.
 */
export class ByteRing {
  readonly #capacity: number;
  #chunks: Uint8Array[] = [];
  #start = 0;
  #end = 0;

  /** @param capacity bytes kept; one chunk more while it lies across the edge */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Offset of the oldest byte still here. */
  get start(): number {
    return this.#start;
  }

  /** Offset after the newest byte. */
  get end(): number {
    return this.#end;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#end += bytes.length;
    let dropped = 0;
    for (let first = this.#chunks[0]; first && this.#end - this.#start - first.length >= this.#capacity; ) {
      this.#start += first.length;
      dropped += 1;
      first = this.#chunks[dropped];
    }
    if (dropped > 0) this.#chunks.splice(0, dropped);
  }

  /** From `offset` at most `length` bytes; fewer at the end. Undefined when the offset has been overwritten or not come yet. */
  slice(offset: number, length: number): Uint8Array | undefined {
    if (offset < this.#start || offset > this.#end) return undefined;
    const wanted = Math.min(length, this.#end - offset);
    if (wanted === 0) return new Uint8Array(0);
    // Readers are mostly at the end, so the search starts there.
    let index = this.#chunks.length - 1;
    let chunkStart = this.#end - (this.#chunks[index]?.length ?? 0);
    while (chunkStart > offset) {
      index -= 1;
      chunkStart -= this.#chunks[index]?.length ?? 0;
    }
    const first = this.#chunks[index] as Uint8Array;
    const from = offset - chunkStart;
    if (from + wanted <= first.length) return first.subarray(from, from + wanted);
    const joined = new Uint8Array(wanted);
    let filled = 0;
    for (; filled < wanted; index++) {
      const chunk = this.#chunks[index] as Uint8Array;
      const part = chunk.subarray(filled === 0 ? from : 0).subarray(0, wanted - filled);
      joined.set(part, filled);
      filled += part.length;
    }
    return joined;
  }
}
