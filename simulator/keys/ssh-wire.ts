/** Values as SSH writes them: lengths of four bytes before strings and numbers. @source RFC 4251, 5 */

/** Bytes with their length. */
export function sshString(value: Buffer | string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number: without zeros in front but the one that keeps its sign. */
export function sshMpint(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const bytes = first < 0 ? Buffer.alloc(0) : value.subarray(first);
  return sshString(bytes.length > 0 && bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** Reads values one after another; undefined beyond the end. */
export class SshReader {
  readonly #bytes: Buffer;
  /** Bytes read so far. */
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  number(): number | undefined {
    if (this.at + 4 > this.#bytes.length) return undefined;
    this.at += 4;
    return this.#bytes.readUInt32BE(this.at - 4);
  }

  string(): Buffer | undefined {
    const length = this.number();
    if (length === undefined || this.at + length > this.#bytes.length) return undefined;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}
