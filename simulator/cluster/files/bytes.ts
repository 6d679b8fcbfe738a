/**
 * File content as plain data: a string in which every character is one byte (0 to 255).
 *
 * Text that is ASCII reads as itself; anything else is its UTF-8 bytes. Size is length, appending is concatenation.
 */

/** Bytes of a text, UTF-8. */
export function bytesOfText(text: string): string {
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000)
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else
      bytes += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 0x3f),
        0x80 | ((code >> 6) & 0x3f),
        0x80 | (code & 0x3f),
      );
  }
  return bytes;
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD, one for each byte. */
export function textOfBytes(bytes: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes.charCodeAt(i);
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0;
    let code = length === 1 ? first : first & (0x7f >> length);
    let valid = length > 0 && i + length <= bytes.length;
    for (let k = 1; valid && k < length; k++) {
      const next = bytes.charCodeAt(i + k);
      valid = (next & 0xc0) === 0x80;
      code = (code << 6) | (next & 0x3f);
    }
    if (valid && code <= 0x10ffff) {
      text += String.fromCodePoint(code);
      i += length;
    } else {
      text += "\ufffd";
      i += 1;
    }
  }
  return text;
}
