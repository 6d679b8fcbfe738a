/** The text of `$'...'`. */

/** Escapes of one letter, as `$'...'`, `echo -e` and `printf` have them. */
export const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Decode the escapes; a NUL ends the text, as in bash. Bytes above 127 are joined to UTF-8 where they are. */
export function decodeAnsi(text: string): string {
  const bytes: Buffer[] = [];
  const expression =
    /\\(?:x\{?([0-9A-Fa-f]{1,2})\}?|([0-7]{1,3})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c([\s\S])|([\s\S]))|[^\\]+|\\$/gu;
  for (const found of text.matchAll(expression)) {
    const [whole, hex, octal, short, long, control, char] = found;
    const code = hex ? Number.parseInt(hex, 16) : octal ? Number.parseInt(octal, 8) & 255 : undefined;
    if (code === 0) break;
    if (code !== undefined) bytes.push(Buffer.from([code]));
    else if (short ?? long) {
      const point = Number.parseInt((short ?? long)!, 16);
      if (point === 0) break;
      bytes.push(Buffer.from(point <= 0x10ffff ? String.fromCodePoint(point) : ""));
    } else if (control !== undefined) bytes.push(Buffer.from([control.toUpperCase().charCodeAt(0) ^ 64]));
    else if (char !== undefined)
      bytes.push(Buffer.from(NAMED_ESCAPES[char] ?? (`'"?\\`.includes(char) ? char : `\\${char}`)));
    else bytes.push(Buffer.from(whole));
  }
  return Buffer.concat(bytes).toString("utf8");
}
