/** Backslash escapes of `echo -e` and `printf`, and the bytes that they may stand for. */
import { NAMED_ESCAPES } from "./syntax/ansi-quotes.ts";

/** Also what stands for itself. */
const NAMED: Record<string, string> = { ...NAMED_ESCAPES, "\\": "\\", '"': '"', "'": "'" };

/** A byte that is no character by itself stands as half a surrogate pair until it is written (PEP 383's way). */
const RAW_BYTE = 0xdc00;

function byteText(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : RAW_BYTE + byte);
}

/** What a text with bytes from escapes is on its way out. */
export function bytesOfText(text: string): Buffer {
  // With the flag `u` whole pairs are no match.
  const pieces = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(
    pieces.map((piece, at) =>
      at % 2 === 1 ? Buffer.from([...piece].map((half) => half.charCodeAt(0) - RAW_BYTE)) : Buffer.from(piece),
    ),
  );
}

/**
 * Backslash escapes as `echo -e` and `printf` know them.
 *
 * @param one stop after the first escape: `first` is its text and `length` what it took
 */
export function decodeEscapes(
  text: string,
  one = false,
): { text: string; stop: boolean; first: string; length: number } {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\\" || i + 1 >= text.length) {
      out += text[i];
      continue;
    }
    const rest = text.slice(i + 1);
    let piece: string;
    let length: number;
    const octal = (one ? /^0?[0-7]{1,3}/ : /^0[0-7]{0,3}/).exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
    if (rest[0] === "c") return { text: out, stop: true, first: "", length: 2 };
    if (octal) {
      piece = byteText(Number.parseInt(octal, 8) & 255);
      length = octal.length + 1;
    } else if (hex) {
      piece = byteText(Number.parseInt(hex[1]!, 16));
      length = hex[0].length + 1;
    } else if (unicode) {
      piece = String.fromCodePoint(Math.min(Number.parseInt((unicode[1] ?? unicode[2])!, 16), 0x10ffff));
      length = unicode[0].length + 1;
    } else {
      piece = NAMED[rest[0]!] ?? `\\${rest[0]}`;
      if ((rest[0] === '"' || rest[0] === "'") && !one) piece = `\\${rest[0]}`;
      length = 2;
    }
    if (one) return { text: piece, stop: false, first: piece, length };
    out += piece;
    i += length - 1;
  }
  return { text: out, stop: false, first: text.slice(0, 1), length: 1 };
}
