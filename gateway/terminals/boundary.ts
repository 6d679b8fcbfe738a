/**
 * Where a stream of terminal bytes may be cut.
 *
 * A screen that is sent to a browser is followed by the bytes after it. If the cut fell inside an escape sequence or a
 * character, the browser would print the rest of it as text; so the cut moves back to where the unfinished one began.
 * Nothing unfinished has touched the screen yet, so sending it again is harmless.
 */

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;

type Mode = "ground" | "utf8" | "escape" | "csi" | "string" | "string-escape";

export class Boundary {
  #mode: Mode = "ground";
  #pending = 0;
  #continuation = 0;

  /** Bytes at the end of what was pushed that belong to something unfinished; 0 at a clean cut. */
  get pending(): number {
    return this.#pending;
  }

  push(bytes: Uint8Array): void {
    // Text without a sequence can only end inside a character, which has four bytes at most.
    const plain = this.#mode === "ground" && !bytes.includes(ESC);
    for (let at = plain ? Math.max(0, bytes.length - 4) : 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (this.#mode === "ground" && byte < 0x80 && byte !== ESC) continue;
      this.#pending += 1;
      if (this.#step(byte)) this.#finish();
    }
  }

  #finish(): void {
    this.#mode = "ground";
    this.#pending = 0;
  }

  #begin(mode: Mode): false {
    this.#mode = mode;
    this.#pending = 1;
    return false;
  }

  /** One byte that is part of something; true when that ends with it. */
  #step(byte: number): boolean {
    if (byte === CAN || byte === SUB) return true;
    switch (this.#mode) {
      case "ground":
        return byte === ESC ? this.#begin("escape") : this.#character(byte);
      case "utf8":
        if ((byte & 0xc0) === 0x80) return --this.#continuation === 0;
        // Broken off: what comes now stands for itself.
        if (byte === ESC) return this.#begin("escape");
        return byte < 0x80 || this.#character(byte);
      case "escape":
        return this.#escape(byte);
      case "csi":
        if (byte === ESC) return this.#begin("escape");
        return byte >= 0x40 && byte <= 0x7e;
      case "string":
        if (byte === ESC) this.#mode = "string-escape";
        return byte === BEL;
      case "string-escape":
        // `ESC \` ends the string; any other sequence ends it too, and is one of its own.
        return byte === 0x5c || this.#escape(byte);
    }
  }

  #character(byte: number): boolean {
    this.#continuation = byte >= 0xf0 && byte < 0xf8 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    if (this.#continuation === 0 || byte >= 0xf8) return true;
    return this.#begin("utf8");
  }

  #escape(byte: number): boolean {
    if (byte === ESC) return this.#begin("escape");
    if (byte === 0x5b) this.#mode = "csi";
    else if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) this.#mode = "string";
    // Intermediates (`ESC ( B`) wait for their final byte.
    else return byte < 0x20 || byte > 0x2f;
    return false;
  }
}
