/**
 * The last bytes of a terminal's output, each known by its offset since the session began.
 *
 * Kept in blocks that grow with what comes: an idle session holds no empty buffer, and a flood does not leave a buffer for each
 * of its packets to be collected.
 */

const BLOCK_BYTES = { first: 1024, most: 64 * 1024 } as const;

export class ByteRing {
  readonly #capacity: number;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
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

  /** @returns the bytes as they are kept; they do not change */
  push(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes;
    const kept = this.#room(bytes.length);
    kept.set(bytes);
    this.#end += bytes.length;
    let dropped = 0;
    for (let first = this.#chunks[0]; first && this.#end - this.#start - first.length >= this.#capacity; ) {
      this.#start += first.length;
      dropped += 1;
      first = this.#chunks[dropped];
    }
    if (dropped > 0) this.#chunks.splice(0, dropped);
    return kept;
  }

  /** The last chunk grows within its block while there is room in it. */
  #room(length: number): Uint8Array {
    const last = this.#chunks.at(-1);
    if (last && last.byteOffset + last.length + length <= last.buffer.byteLength) {
      this.#chunks[this.#chunks.length - 1] = new Uint8Array(last.buffer, 0, last.length + length);
      return new Uint8Array(last.buffer, last.length, length);
    }
    const size = Math.min(BLOCK_BYTES.most, this.#capacity / 8, 2 * (last?.buffer.byteLength ?? BLOCK_BYTES.first / 2));
    const block = new ArrayBuffer(Math.max(length, Math.floor(size)));
    this.#chunks.push(new Uint8Array(block, 0, length));
    return new Uint8Array(block, 0, length);
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
