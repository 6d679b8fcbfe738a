/** Keys out of the bytes that a terminal sends. */

export type Key =
  | { kind: "text"; text: string }
  /** `C-a` is `{ kind: "control", name: "a" }`; DEL is `backspace`. */
  | { kind: "control"; name: string }
  /** Alt with a letter, or ESC and then it. */
  | { kind: "alt"; name: string }
  | { kind: "named"; name: NamedKey }
  | { kind: "paste"; text: string };

export type NamedKey =
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "delete"
  | "insert"
  | "page-up"
  | "page-down"
  | "word-left"
  | "word-right"
  | "unknown";

const FINAL: Record<string, NamedKey> = { A: "up", B: "down", C: "right", D: "left", H: "home", F: "end" };
const TILDE: Record<string, NamedKey> = {
  "1": "home",
  "2": "insert",
  "3": "delete",
  "4": "end",
  "5": "page-up",
  "6": "page-down",
  "7": "home",
  "8": "end",
};
const PASTE_END = "\x1b[201~";

export class KeyReader {
  /** The beginning of a character whose other bytes have not come. */
  #partial: Uint8Array = new Uint8Array(0);
  #pending = "";

  push(bytes: Uint8Array): void {
    const all =
      this.#partial.length > 0
        ? Buffer.concat([this.#partial, bytes])
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const whole = all.length - partialCharacter(all);
    this.#pending += all.toString("utf8", 0, whole);
    this.#partial = all.subarray(whole);
  }

  /** The keys in these bytes; the beginning of a sequence at their end is kept for the next ones. */
  feed(bytes: Uint8Array): Key[] {
    this.push(bytes);
    const keys: Key[] = [];
    for (let key = this.next(); key; key = this.next()) keys.push(key);
    return keys;
  }

  /** Everything that is no key yet, as it came. */
  takeRest(): Uint8Array {
    const rest = Buffer.concat([Buffer.from(this.#pending), this.#partial]);
    this.#pending = "";
    this.#partial = new Uint8Array(0);
    return rest;
  }

  #take(length: number): string {
    const text = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return text;
  }

  /** The next key; undefined while there is none, or only the beginning of a sequence. */
  next(): Key | undefined {
    const text = this.#pending;
    if (text === "") return undefined;
    if (text.startsWith("\x1b[200~")) {
      const end = text.indexOf(PASTE_END);
      if (end < 0) return undefined;
      this.#take(end + PASTE_END.length);
      return { kind: "paste", text: text.slice(6, end).replace(/\r\n?/g, "\n") };
    }
    if (text[0] === "\x1b") {
      if (text.length === 1) {
        return undefined;
      }
      const sequence = /^\x1b(?:\[([0-9;?]*)([A-Za-z~])|O([A-Za-z]))/.exec(text);
      if (sequence) {
        this.#take(sequence[0].length);
        return named(sequence[1] ?? "", sequence[2] ?? sequence[3] ?? "");
      }
      if (/^\x1b(\[[0-9;?]*|O)$/.test(text)) return undefined;
      this.#take(2);
      return { kind: "alt", name: text[1]! };
    }
    const code = text.charCodeAt(0);
    if (code === 0x7f) {
      this.#take(1);
      return { kind: "control", name: "backspace" };
    }
    if (code < 0x20) {
      this.#take(1);
      return { kind: "control", name: String.fromCharCode(code + 96) };
    }
    const plain = /^[^\x00-\x1f\x7f]+/.exec(text)![0];
    this.#take(plain.length);
    return { kind: "text", text: plain };
  }
}

/** How many bytes at the end are the beginning of a character of UTF-8. */
function partialCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function named(parameters: string, final: string): Key {
  if (final === "~") return { kind: "named", name: TILDE[parameters.split(";")[0]!] ?? "unknown" };
  const modifier = parameters.split(";")[1];
  const name = FINAL[final] ?? "unknown";
  if ((modifier === "5" || modifier === "3") && name === "left") return { kind: "named", name: "word-left" };
  if ((modifier === "5" || modifier === "3") && name === "right") return { kind: "named", name: "word-right" };
  return { kind: "named", name };
}
