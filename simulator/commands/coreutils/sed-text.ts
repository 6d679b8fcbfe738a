/** What sed makes of text: a replacement filled in, and what `l` shows of a line. */

/** The replacement with `&`, `\1` and the case changes `\U \L \u \l \E`. */
export function replaced(text: string, groups: readonly (string | undefined)[]): string {
  let out = "";
  let mode: "" | "U" | "L" = "";
  let once: "" | "u" | "l" = "";
  const add = (piece: string) => {
    let shown = mode === "U" ? piece.toUpperCase() : mode === "L" ? piece.toLowerCase() : piece;
    if (once && shown !== "") {
      shown = (once === "u" ? shown[0]!.toUpperCase() : shown[0]!.toLowerCase()) + shown.slice(1);
      once = "";
    }
    out += shown;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "&") add(groups[0] ?? "");
    else if (char !== "\\") add(char);
    else {
      const next = text[++at] ?? "\\";
      if (/\d/.test(next)) add(groups[Number(next)] ?? "");
      else if (next === "U" || next === "L") mode = next;
      else if (next === "u" || next === "l") once = next;
      else if (next === "E") mode = "";
      else if (next === "n") add("\n");
      else if (next === "t") add("\t");
      else add(next);
    }
  }
  return out;
}

/** What `l` breaks lines at, unless it is told. */
export const LINE_LENGTH = 70;

/** Lines of so many characters with their backslash; escapes stay whole. */
export function wrapped(text: string, length: number): string {
  if (length < 2) return text;
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(/\\[0-7]{3}|\\.|./gsu) ?? []) {
    if (line.length + piece.length > length - 1) {
      lines.push(`${line}\\\n`);
      line = "";
    }
    line += piece;
  }
  return lines.join("") + line;
}

/** Characters that cannot be seen as escapes, as `l` prints them. */
export function visible(text: string): string {
  const names: Record<string, string> = {
    "\n": "\\n",
    "\t": "\\t",
    "\\": "\\\\",
    "\r": "\\r",
    "\x07": "\\a",
    "\b": "\\b",
  };
  const octal = (char: string) =>
    [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return [...text].map((char) => names[char] ?? (char < " " || char > "~" ? octal(char) : char)).join("");
}
